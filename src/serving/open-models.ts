import { join } from 'node:path'
import type { Workspace } from '#platform'
import { openLanes } from './engine/lanes.ts'
import { openModelHost, type ModelHost } from './engine/model-host.ts'
import { predictionIds } from './engine/prediction-ids.ts'
import { openInference } from './inference/open-inference.ts'
import type { Inference } from './inference/schema.ts'
import { systemInference } from './inference/system-inference.ts'
import { openServing, type Serving } from './live/open-serving.ts'
import type { PredictionLog } from './prediction-log/open-prediction-log.ts'
import { openFileModels, type FileModels } from './repository/file-models.ts'

/** How models are kept open and asked; each has a default that suits one machine. */
export interface ModelsOptions {
  readonly log: PredictionLog
  /** Whether requests to model files are kept; they are where absent. */
  readonly keepsModelFiles?: boolean | undefined
  /** Models that are open at the same time; 1,000 where absent. */
  readonly maxModels?: number | undefined
  /** Of their files; 1 GB where absent. */
  readonly maxBytes?: number | undefined
  /** Rows that may wait for one model; 1,024 where absent. */
  readonly maxWaitingRows?: number | undefined
  /** How long the first request of a batch waits for others; 0 where absent: it does not. */
  readonly maxQueueDelayMs?: number | undefined
  /** Lets every other process of the server follow a change of the repository. */
  readonly changed?: (() => Promise<void>) | undefined
}

/** The models of a process, by every protocol. */
export interface Models {
  readonly host: ModelHost
  readonly files: FileModels
  /** Systems, by rows of their sources. */
  readonly serving: Serving
  readonly inference: Inference
  readonly nextId: () => string
  close(): Promise<void>
}

/** Opens what runs models in this process. */
export async function openModels(workspace: Workspace, options: ModelsOptions): Promise<Models> {
  const { clock, ids } = workspace
  const host = openModelHost({
    lanes: openLanes(2),
    limits: {
      maxWaitingRows: options.maxWaitingRows ?? 1024,
      maxQueueDelayMs: options.maxQueueDelayMs ?? 0,
      maxRunMs: 10,
    },
    clock,
    maxModels: options.maxModels ?? 1000,
    maxBytes: options.maxBytes ?? 1_073_741_824,
    preparedFolder: join(workspace.folder, 'prepared'),
  })
  const files = await openFileModels({
    workspace,
    log: options.keepsModelFiles === false ? null : options.log,
    host,
    keepWarmMs: 600_000,
  })
  const nextId = predictionIds(ids, clock)
  const serving = await openServing(workspace, { log: options.log, host })
  const inference = openInference({
    models: files,
    host,
    systems: systemInference(workspace, serving),
    nextId,
    clock,
    ...(options.changed ? { changed: options.changed } : {}),
  })
  return {
    host,
    files,
    serving,
    inference,
    nextId,
    close: async () => {
      await serving.close()
      await files.close()
      await host.close()
    },
  }
}
