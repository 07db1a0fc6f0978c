import { openModel, type Model } from '#model'
import type { Workspace } from '#platform'
import { modelVersion, type ModelVersion } from '#registry'

/** One model and how it decides. */
export interface Decider {
  readonly onnxDigest: string
  /** Binary: positive from this probability up. */
  readonly threshold: number | null
}

/** Opened models by their file; each is opened once. */
export interface Models {
  version(id: string): Promise<ModelVersion>
  open(onnxDigest: string): Promise<Model>
  /** Closes every model. */
  close(): Promise<void>
}

/** @param threads threads that score one table; rows are independent, so it changes no answer */
export function openModels(workspace: Workspace, threads: number): Models {
  const versions = new Map<string, ModelVersion>()
  const models = new Map<string, Model>()
  return {
    version: async (id) => {
      const held = versions.get(id) ?? (await modelVersion(workspace, id))
      versions.set(id, held)
      return held
    },
    open: async (digest) => {
      const held = models.get(digest)
      if (held) return held
      const opened = await openModel(await workspace.blobs.read(digest), { threads })
      models.set(digest, opened)
      return opened
    },
    close: async () => {
      for (const model of models.values()) await model.release()
      models.clear()
    },
  }
}
