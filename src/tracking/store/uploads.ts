import type { EpochMs } from '#platform'
import type { Tracking, UploadPartRow, UploadRow } from './tables.ts'

export const insertUpload = (tables: Tracking, row: UploadRow) =>
  tables.insertInto('tracking_uploads').values(row).execute()

/** An upload whose time is not over. */
export const uploadById = (tables: Tracking, id: string, now: EpochMs): Promise<UploadRow | undefined> =>
  tables.selectFrom('tracking_uploads').selectAll().where('id', '=', id).where('until_ms', '>', now).executeTakeFirst()

/** The parts that have come, in their order. */
export const partsOf = (tables: Tracking, upload: string): Promise<UploadPartRow[]> =>
  tables.selectFrom('tracking_upload_parts').selectAll().where('upload', '=', upload).orderBy('part').execute()

/** Keeps a part. @returns the file of the one in whose place it is */
export async function putPart(tables: Tracking, row: UploadPartRow): Promise<string | undefined> {
  const query = tables.selectFrom('tracking_upload_parts').select('file').where('upload', '=', row.upload)
  const before = await query.where('part', '=', row.part).executeTakeFirst()
  await tables
    .insertInto('tracking_upload_parts')
    .values(row)
    .onConflict((conflict) => conflict.columns(['upload', 'part']).doUpdateSet(row))
    .execute()
  return before?.file
}

/** Takes the parts of an upload away, which stays known. @returns their files */
export async function takeParts(tables: Tracking, upload: string): Promise<readonly string[]> {
  const rows = await tables.deleteFrom('tracking_upload_parts').where('upload', '=', upload).returning('file').execute()
  return rows.map(({ file }) => file)
}

export const completeUpload = (tables: Tracking, id: string) =>
  tables.updateTable('tracking_uploads').set({ state: 'complete' }).where('id', '=', id).execute()

/** Forgets an upload. @returns the files of its parts */
export async function deleteUpload(tables: Tracking, id: string): Promise<readonly string[]> {
  const files = await takeParts(tables, id)
  await tables.deleteFrom('tracking_uploads').where('id', '=', id).execute()
  return files
}

/** The uploads whose time is over. */
export async function uploadsOver(tables: Tracking, now: EpochMs): Promise<readonly string[]> {
  const rows = await tables.selectFrom('tracking_uploads').select('id').where('until_ms', '<=', now).execute()
  return rows.map(({ id }) => id)
}

/** The files that parts of uploads stand in. */
export async function partFiles(tables: Tracking): Promise<ReadonlySet<string>> {
  const rows = await tables.selectFrom('tracking_upload_parts').select('file').execute()
  return new Set(rows.map(({ file }) => file))
}
