import { sql, type RawBuilder } from 'kysely'
import type { Database, Migration } from '#platform'

/** When what is deleted was, and what finds it by that. */
export const deletionsMigration: Migration = {
  name: 'tracking/0008-deletions',
  up: async (database) => {
    const atMs = await nowOf(database)
    for (const name of ['experiments', 'runs', 'logged_models']) {
      const table = `tracking_${name}`
      await database.schema.alterTable(table).addColumn('deleted_at_ms', 'bigint').execute()
      // Nobody noted when: they can be restored for as long as what is deleted now.
      await sql`update ${sql.table(table)} set deleted_at_ms = ${atMs} where state = 'deleted'`.execute(database)
      await sql`create index ${sql.ref(`${table}_by_deletion`)} on ${sql.table(table)} (state, deleted_at_ms, number)
        where deleted_at_ms is not null`.execute(database)
    }
    // Rows go with the run that they belong to.
    await database.schema
      .createIndex('tracking_logged_model_metrics_by_run')
      .on('tracking_logged_model_metrics')
      .column('run')
      .execute()
  },
}

/** The time of the machine that the database runs on. */
async function nowOf(database: Database): Promise<number> {
  const now = sql`select current_timestamp as now` as RawBuilder<{ now: Date | string }>
  const { rows } = await now.execute(database)
  const at = rows[0]?.now ?? ''
  return at instanceof Date ? at.getTime() : Date.parse(`${at.replace(' ', 'T')}Z`)
}
