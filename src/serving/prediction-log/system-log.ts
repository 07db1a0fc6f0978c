import type { LoggedPrediction } from '../schema.ts'
import type { PartContent } from '../store.ts'
import { logLine } from './log-line.ts'
import type { Segment } from './segment.ts'

/** A segment, and how it enters and leaves the list of the log's files. */
export interface GrowingSegment extends Segment {
  seal(content: PartContent): Promise<void>
}

/** The growing end of one system's log. */
export interface SystemLog {
  append(predictions: readonly LoggedPrediction[]): Promise<void>
  /** Seals the segment that grows now, if one does. */
  rotate(): Promise<void>
}

interface Turn {
  readonly predictions: readonly LoggedPrediction[]
  readonly thenSeal: boolean
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/**
 * Commits in groups: what comes while the disk is busy waits, and is then written and synchronised together.
 * @param options.begin makes the next segment
 * @param options.isFull whether the segment that grows should be followed by another
 */
export function systemLog(options: {
  readonly begin: () => Promise<GrowingSegment>
  readonly isFull: (segment: Segment) => boolean
}): SystemLog {
  let waiting: Turn[] = []
  let segment: GrowingSegment | undefined
  let content = emptyContent
  let running = false

  const seal = async (): Promise<void> => {
    const last = segment
    segment = undefined
    if (!last) return
    await last.close()
    await last.seal(content)
  }
  const commit = async (group: readonly Turn[]): Promise<void> => {
    const predictions = group.flatMap((turn) => turn.predictions)
    if (predictions.length > 0) {
      if (segment && options.isFull(segment)) await seal()
      if (!segment) {
        segment = await options.begin()
        content = emptyContent
      }
      await segment.add(Buffer.from(predictions.map(logLine).join('')))
      content = predictions.reduce(withPrediction, content)
    }
    if (group.some(({ thenSeal }) => thenSeal)) await seal()
  }
  const run = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      await commit(group).then(
        () => group.forEach(({ done }) => done()),
        (error: unknown) => group.forEach(({ failed }) => failed(error)),
      )
    }
    running = false
  }
  const turn = (predictions: readonly LoggedPrediction[], thenSeal: boolean): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ predictions, thenSeal, done, failed })
      if (!running) void run()
    })
  return { append: (predictions) => turn(predictions, false), rotate: () => turn([], true) }
}

const emptyContent: PartContent = { rows: 0, fromMs: null, toMs: null, firstId: null, lastId: null }

function withPrediction(content: PartContent, { id, atMs }: LoggedPrediction): PartContent {
  return {
    rows: content.rows + 1,
    fromMs: Math.min(content.fromMs ?? Infinity, atMs),
    toMs: Math.max(content.toMs ?? -Infinity, atMs),
    firstId: content.firstId === null || id < content.firstId ? id : content.firstId,
    lastId: content.lastId === null || id > content.lastId ? id : content.lastId,
  }
}
