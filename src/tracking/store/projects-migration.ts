import type { Migration } from '#platform'

/** The project that an experiment belongs to, with all that is in it: within one, a name is free or taken. */
export const projectsMigration: Migration = {
  name: 'tracking/0005-projects',
  up: async ({ schema }) => {
    await schema
      .alterTable('tracking_experiments')
      .addColumn('project', 'text', (column) => column.notNull().defaultTo('default'))
      .execute()
    await schema.dropIndex('tracking_experiments_by_name').execute()
    await schema
      .createIndex('tracking_experiments_by_name')
      .on('tracking_experiments')
      .columns(['project', 'name', 'state'])
      .execute()
  },
}
