import type { ImportRow, Tracking } from './tables.ts'

/** That a run was brought in; undefined where it was not, or not all of it. */
export const importOf = (tables: Tracking, run: number): Promise<ImportRow | undefined> =>
  tables.selectFrom('tracking_imports').selectAll().where('run', '=', run).executeTakeFirst()

export const putImport = (tables: Tracking, row: ImportRow) =>
  tables
    .insertInto('tracking_imports')
    .values(row)
    .onConflict((conflict) => conflict.column('run').doUpdateSet({ print: row.print, at_ms: row.at_ms }))
    .execute()
