import { openStoredModel, type Model, type StoredModel } from '#model'
import type { Workspace } from '#platform'
import { modelVersion, type ModelVersion } from '#registry'

/** One model and how it decides. */
export interface Decider extends StoredModel {
  /** Binary: positive from this probability up. */
  readonly threshold: number | null
}

/** Opened models by their files; each is opened once. */
export interface Models {
  version(id: string): Promise<ModelVersion>
  open(stored: StoredModel): Promise<Model>
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
    open: async (stored) => {
      const files = `${stored.onnxDigest} ${stored.partition?.segmentsDigest ?? ''}`
      const held = models.get(files)
      if (held) return held
      const opened = await openStoredModel(workspace, stored, { threads })
      models.set(files, opened)
      return opened
    },
    close: async () => {
      for (const model of models.values()) await model.release()
      models.clear()
    },
  }
}
