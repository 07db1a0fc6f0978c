import { openStoredModel, type Scores, type StoredModel } from '#model'
import type { Table, Workspace } from '#platform'

/** Scores rows with a stored model, which is closed again. */
export async function scoreRows(workspace: Workspace, stored: StoredModel, table: Table): Promise<Scores> {
  const model = await openStoredModel(workspace, stored)
  try {
    return await model.predict(table)
  } finally {
    await model.release()
  }
}
