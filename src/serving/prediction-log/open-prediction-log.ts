import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { storageFailure, takeLock, type Workspace } from '#platform'
import type { LoggedPrediction } from '../schema.ts'
import { logFolder, partPath, writerLockPath } from './log-folder.ts'
import { storeRegister, type PartRegister } from './part-register.ts'
import { recoverLog } from './recover-log.ts'
import { createSegment } from './segment.ts'
import { linesOf } from './log-line.ts'
import { systemLog, type GrowingSegment, type LogLines, type SystemLog } from './system-log.ts'

/** Where a process keeps the predictions that it answers. */
export interface PredictionLog {
  /**
   * Keeps predictions of one system; when it returns, they are written, and on the disk as `syncMs` says.
   * @throws {Failure} `platform/diskFull`, `platform/notWritable`: then none of them are kept
   */
  append(system: string, predictions: readonly LoggedPrediction[]): Promise<void>
  /** {@link PredictionLog.append} for lines that are put together already. They are written when it returns nothing. */
  appendLines(system: string, lines: LogLines): Promise<void> | undefined
  /** Seals the segments that grow now, so that they can be compacted. */
  rotate(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the prediction log for writing and seals what dead processes left behind. Several processes may write at once:
 * each has segments of its own.
 * @param options.syncMs how often what was written is forced onto the disk. A process that is killed loses nothing either
 * way; a machine that loses its power loses what came since. 0, and where absent: before each answer
 * @param options.maxBytes size from which a segment is followed by another; 64 MB where absent, which is read back whole
 * when its writer dies
 * @param options.maxAgeMs how long a segment may grow before it is sealed, to be compacted; 10 minutes where absent
 * @param options.register lists the files; the store itself where absent
 */
export async function openPredictionLog(
  workspace: Workspace,
  options: {
    readonly syncMs?: number
    readonly maxBytes?: number
    readonly maxAgeMs?: number
    readonly register?: PartRegister
  } = {},
): Promise<PredictionLog> {
  const { clock } = workspace
  const {
    syncMs = 0,
    maxBytes = 67_108_864,
    maxAgeMs = 600_000,
    register = storeRegister(workspace.database),
  } = options
  const writer = workspace.ids.next('writer')
  await makeFolder(join(logFolder(workspace), 'writers'))
  const lock = takeLock(writerLockPath(workspace, writer))
  await recoverLog(workspace)
  const systems = new Map<string, SystemLog>()
  let count = 0

  const begin = async (system: string): Promise<GrowingSegment> => {
    const name = `${system}/${writer}-${String(++count).padStart(6, '0')}.ndjson`
    await makeFolder(join(logFolder(workspace), system))
    // Known before it holds anything: a line can never stand in a file that nobody looks for.
    await register.open({
      system,
      name,
      kind: 'segment',
      state: 'open',
      writer,
      rows: 0,
      fromMs: null,
      toMs: null,
      firstId: null,
      lastId: null,
      changedMs: clock.now(),
    })
    const segment = await createSegment(partPath(workspace, name), { syncMs })
    return { ...segment, seal: (content) => register.seal(name, { ...content, atMs: clock.now() }) }
  }
  const logOf = (system: string): SystemLog => {
    let log = systems.get(system)
    if (!log) {
      log = systemLog({ begin: () => begin(system), fullness: (segment) => segment.sizeBytes() / maxBytes })
      systems.set(system, log)
    }
    return log
  }
  const rotate = async (): Promise<void> => {
    await Promise.all(Array.from(systems.values(), (log) => log.rotate()))
  }
  const aging = setInterval(
    () => {
      for (const [system, log] of systems)
        log
          .rotateAfter(maxAgeMs)
          .catch((error: unknown) =>
            workspace.log.error({ err: error, system }, 'seal a segment of the prediction log'),
          )
    },
    Math.min(maxAgeMs / 2, 60_000),
  ).unref()
  return {
    append: async (system, predictions) => {
      if (predictions.length > 0) await logOf(system).append(linesOf(predictions))
    },
    appendLines: (system, lines) => logOf(system).append(lines),
    rotate,
    close: async () => {
      clearInterval(aging)
      // What cannot be sealed now is sealed as that of a writer that died.
      await rotate().finally(() => lock?.release())
    },
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storageFailure('open the prediction log', error)
  })
}
