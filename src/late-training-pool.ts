import type { Config } from '#platform'
import type { TrainingPool } from '#training'

/** The training pool of this process, from when something is first trained: until then nothing of training is loaded. */
export interface LateTrainingPool {
  /** Opens it, or gives the one that is open. */
  open(): Promise<TrainingPool>
  close(): Promise<void>
}

/** @param options.folder of the store */
export function lateTrainingPool({
  config,
  folder,
}: {
  readonly config: Config
  readonly folder: string
}): LateTrainingPool {
  let opening: Promise<TrainingPool> | undefined
  const load = async (): Promise<TrainingPool> => {
    const { openTrainingPool, programSettings } = await import('#training')
    return openTrainingPool({
      ...(config.MILLRACE_THREADS !== undefined && { threads: config.MILLRACE_THREADS }),
      programs: programSettings(config, folder),
    })
  }
  return {
    open: () =>
      (opening ??= load().catch((error: unknown) => {
        // Who trains next may have better luck.
        opening = undefined
        throw error
      })),
    close: async () => {
      const pool = await opening?.catch(() => undefined)
      await pool?.close()
    },
  }
}
