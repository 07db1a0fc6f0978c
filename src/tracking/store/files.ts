import type { FileRow, Tracking } from './tables.ts'
import { splitPath } from '../artifacts/artifact-path.ts'

/** What stands in a folder, by name. */
export const filesIn = (tables: Tracking, folder: string): Promise<FileRow[]> =>
  tables.selectFrom('tracking_files').selectAll().where('folder', '=', folder).orderBy('name').execute()

/** The file or folder at a path. */
export function fileAt(tables: Tracking, path: string): Promise<FileRow | undefined> {
  const { folder, name } = splitPath(path)
  const query = tables.selectFrom('tracking_files').selectAll().where('folder', '=', folder)
  return query.where('name', '=', name).executeTakeFirst()
}

/** Files in a folder and in those within it, a page of them. */
export const filesBelow = (
  tables: Tracking,
  folder: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<FileRow[]> =>
  tables
    .selectFrom('tracking_files')
    .selectAll()
    .where('digest', 'is not', null)
    .where((be) =>
      be.or([
        be('folder', '=', folder),
        // All that begins with the path and a slash: '0' is the character after the slash.
        be.and([be('folder', '>', `${folder}/`), be('folder', '<', `${folder}0`)]),
      ]),
    )
    .orderBy('folder')
    .orderBy('name')
    .limit(limit)
    .offset(offset)
    .execute()

/** Puts a file at a path where no folder is, in the place of one that is there. */
export async function putFile(tables: Tracking, path: string, file: Omit<FileRow, 'folder' | 'name'>): Promise<void> {
  await tables
    .insertInto('tracking_files')
    .values({ ...splitPath(path), ...file })
    .onConflict((conflict) => conflict.columns(['folder', 'name']).doUpdateSet(file))
    .execute()
  // Where a folder is, those around it are.
  for (let { folder } = splitPath(path); folder !== ''; { folder } = splitPath(folder)) {
    const made = await tables
      .insertInto('tracking_files')
      .values({ ...splitPath(folder), digest: null, size_bytes: null, at_ms: file.at_ms })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (made.numInsertedOrUpdatedRows === 0n) return
  }
}

/** Deletes a file, or a folder with all that is in it, and the folders around it that are empty then. */
export async function deleteFiles(tables: Tracking, path: string): Promise<void> {
  if (!(await fileAt(tables, path))) return
  await tables.deleteFrom('tracking_files').where('folder', '=', path).execute()
  // All that begins with the path and a slash: '0' is the character after the slash.
  await tables.deleteFrom('tracking_files').where('folder', '>', `${path}/`).where('folder', '<', `${path}0`).execute()
  for (let gone = path; gone !== ''; gone = splitPath(gone).folder) {
    const { folder, name } = splitPath(gone)
    await tables.deleteFrom('tracking_files').where('folder', '=', folder).where('name', '=', name).execute()
    const left = await tables
      .selectFrom('tracking_files')
      .select('name')
      .where('folder', '=', folder)
      .limit(1)
      .execute()
    if (left.length > 0) return
  }
}
