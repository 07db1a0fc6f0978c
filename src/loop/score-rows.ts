import { openModel, type Scores } from '#model'
import type { Table, Workspace } from '#platform'

/** Scores rows with a stored model, which is closed again. */
export async function scoreRows(workspace: Workspace, onnxDigest: string, table: Table): Promise<Scores> {
  const model = await openModel(await workspace.blobs.read(onnxDigest))
  try {
    return await model.predict(table)
  } finally {
    await model.release()
  }
}
