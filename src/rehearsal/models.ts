import { openModel, type Model } from '#model'
import type { Workspace } from '#platform'
import { modelVersion, type ModelVersion } from '#registry'

/** Opened models by version; each is opened once and released at the end. */
export interface Models {
  version(id: string): Promise<ModelVersion>
  open(id: string): Promise<Model>
  /** Closes every model but these. */
  keepOnly(ids: ReadonlySet<string>): Promise<void>
}

/** @param threads threads that score one table; rows are independent, so it changes no answer */
export function openModels(workspace: Workspace, threads: number): Models {
  const versions = new Map<string, ModelVersion>()
  const models = new Map<string, Model>()
  const version = async (id: string): Promise<ModelVersion> => {
    const held = versions.get(id) ?? (await modelVersion(workspace, id))
    versions.set(id, held)
    return held
  }
  return {
    version,
    open: async (id) => {
      const held = models.get(id)
      if (held) return held
      const opened = await openModel(await workspace.blobs.read((await version(id)).onnxDigest), { threads })
      models.set(id, opened)
      return opened
    },
    keepOnly: async (ids) => {
      for (const [id, model] of models) {
        if (ids.has(id)) continue
        models.delete(id)
        await model.release()
      }
    },
  }
}
