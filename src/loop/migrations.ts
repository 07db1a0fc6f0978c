import { migrations as dataset } from '#dataset/migrations'
import { migrations as deployment } from '#deployment/migrations'
import { migrations as feedback } from '#feedback/migrations'
import { migrations as governance } from '#governance/migrations'
import { migrations as ingress } from '#ingress/migrations'
import { migrations as monitoring } from '#monitoring/migrations'
import type { Migration } from '#platform'
import { migrations as quality } from '#quality/migrations'
import { migrations as registry } from '#registry/migrations'
import { migrations as serving } from '#serving/migrations'
import { migrations as system } from '#system/migrations'
import { migrations as tracking } from '#tracking/migrations'

/** The loop's tables: trainings that began, and what each arm of a release did by window. */
const migrations: readonly Migration[] = [
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

/** Every table of the loop and of the parts that it drives: what a whole workspace is opened with. */
export const allMigrations: readonly Migration[] = [
  ...governance,
  ...system,
  ...ingress,
  ...quality,
  ...dataset,
  ...tracking,
  ...registry,
  ...deployment,
  ...serving,
  ...feedback,
  ...monitoring,
  ...migrations,
]
