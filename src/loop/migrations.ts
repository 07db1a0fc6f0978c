import type { Migration } from '#platform'

/** The loop's tables: trainings that began, and what each arm of a release did by window. */
export const migrations: readonly Migration[] = [
  {
    name: 'loop/0001-trainings-and-windows',
    up: async (database) => {
      await database.schema
        .createTable('loop_trainings')
        .addColumn('training_key', 'text', (column) => column.primaryKey())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'integer', (column) => column.notNull())
        .addColumn('trigger_name', 'text', (column) => column.notNull())
        .addColumn('result', 'text')
        .execute()
      await database.schema
        .createTable('loop_arm_windows')
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('start_ms', 'integer', (column) => column.notNull())
        .addColumn('arm', 'text', (column) => column.notNull())
        .addColumn('version_id', 'text', (column) => column.notNull())
        .addColumn('sums', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('loop_arm_windows_key', ['system', 'start_ms', 'arm'])
        .execute()
    },
  },
]
