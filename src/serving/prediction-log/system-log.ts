import type { PartContent } from '../store.ts'
import type { Segment } from './segment.ts'

/** A segment, and how it enters and leaves the list of the log's files. */
export interface GrowingSegment extends Segment {
  seal(content: PartContent): Promise<void>
}

/** Whole lines of the log, and what they hold. */
export interface LogLines {
  readonly bytes: Buffer
  readonly content: PartContent
}

/** The growing end of one system's log. */
export interface SystemLog {
  /** Keeps lines: they are written when it returns nothing, or else when its promise ends. */
  append(lines: LogLines): Promise<void> | undefined
  /** Seals the segment that grows now, if one does. */
  rotate(): Promise<void>
  /** Seals the segment that grows now, if it began so long ago. */
  rotateAfter(ageMs: number): Promise<void>
}

interface Turn {
  /** Absent where the segment is to be sealed. */
  readonly lines?: LogLines
  /** Least age of a segment that is to be sealed. */
  readonly ageMs?: number
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/**
 * Writes in groups: what comes while the disk is busy waits, and is then written together. The next segment is made
 * while the last one still grows, so that nobody waits for it.
 * @param options.begin makes a segment
 * @param options.fullness how full a segment is, 1 where it should be followed by another
 */
export function systemLog(options: {
  readonly begin: () => Promise<GrowingSegment>
  readonly fullness: (segment: Segment) => number
}): SystemLog {
  let waiting: Turn[] = []
  let segment: GrowingSegment | undefined
  let next: Promise<GrowingSegment> | undefined
  let content = emptyContent
  let beganMs = 0
  let running = false
  const sealing = new Set<Promise<void>>()

  /** Ends a segment aside; whoever rotates waits for it. */
  const seal = (last: GrowingSegment, held: PartContent): void => {
    const sealed = last.close().then(() => last.seal(held))
    sealing.add(sealed)
    void sealed.catch(() => undefined).finally(() => sealing.delete(sealed))
  }
  const prepare = (): void => {
    if (next) return
    const made = options.begin()
    next = made
    // One that could not be made is tried again by whoever needs it.
    made.catch(() => {
      if (next === made) next = undefined
    })
  }
  const grow = async (): Promise<GrowingSegment> => {
    if (segment && (segment.isBroken() || options.fullness(segment) >= 1)) {
      seal(segment, content)
      segment = undefined
    }
    if (!segment) {
      prepare()
      const made = next as Promise<GrowingSegment>
      next = undefined
      segment = await made
      content = emptyContent
      beganMs = performance.now()
    }
    return segment
  }
  const write = async (group: readonly LogLines[]): Promise<void> => {
    const growing = await grow()
    await growing.add(
      group.length === 1 ? (group[0] as LogLines).bytes : Buffer.concat(group.map(({ bytes }) => bytes)),
    )
    hold(growing, group)
  }
  const hold = (growing: GrowingSegment, group: readonly LogLines[]): void => {
    content = group.reduce((held, lines) => joinContent(held, lines.content), content)
    if (options.fullness(growing) >= 0.5) prepare()
  }
  const sealOld = (ageMs: number): void => {
    if (!segment || performance.now() - beganMs < ageMs) return
    seal(segment, content)
    segment = undefined
  }
  const sealAll = async (): Promise<void> => {
    sealOld(0)
    const spare = await next?.catch(() => undefined)
    next = undefined
    if (spare) seal(spare, emptyContent)
    await Promise.all(sealing)
  }
  const commit = async (group: readonly Turn[]): Promise<void> => {
    const lines = group.flatMap((turn) => (turn.lines ? [turn.lines] : []))
    if (lines.length > 0) await write(lines)
    for (const { lines: written, ageMs = 0 } of group) if (!written) sealOld(ageMs)
    if (group.some((turn) => !turn.lines && !turn.ageMs)) await sealAll()
  }
  const run = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      const tell = await commit(group).then(
        () => (turn: Turn) => turn.done(),
        (error: unknown) => (turn: Turn) => turn.failed(error),
      )
      // Whoever is told goes on at once, and is not to find it still at work.
      running = waiting.length > 0
      group.forEach(tell)
    }
  }
  /** Where nobody waits and the disk takes it, without a promise for each batch. */
  const appendNow = (lines: LogLines): boolean => {
    if (running || !segment || options.fullness(segment) >= 1 || !segment.addNow(lines.bytes)) return false
    hold(segment, [lines])
    return true
  }
  const turn = (of: Pick<Turn, 'lines' | 'ageMs'>): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ ...of, done, failed })
      if (!running) void run()
    })
  return {
    append: (lines) => (appendNow(lines) ? undefined : turn({ lines })),
    rotate: () => turn({}),
    rotateAfter: (ageMs) => turn({ ageMs }),
  }
}

const emptyContent: PartContent = { rows: 0, fromMs: null, toMs: null, firstId: null, lastId: null }

function joinContent(one: PartContent, other: PartContent): PartContent {
  if (one.rows === 0) return other
  if (other.rows === 0) return one
  return {
    rows: one.rows + other.rows,
    fromMs: Math.min(one.fromMs as number, other.fromMs as number),
    toMs: Math.max(one.toMs as number, other.toMs as number),
    firstId: (one.firstId as string) < (other.firstId as string) ? one.firstId : other.firstId,
    lastId: (one.lastId as string) > (other.lastId as string) ? one.lastId : other.lastId,
  }
}
