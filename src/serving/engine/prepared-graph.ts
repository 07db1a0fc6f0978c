import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { arch, cpus } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { openSession, runtimeVersion, weightBytes, type GraphSession } from '#model'
import { syncPath, systemClock } from '#platform'
import { runMadeUp } from './measure-graph.ts'

/**
 * Graphs with many weights are kept as ONNX Runtime prepares them for a kind of processor: with the weights in the order in
 * which its kernels read them, in a file that is mapped. All processes then share one copy, in memory and in the caches of the
 * processors, where each would have made its own.
 *
 * What is kept can be deleted at any moment: it is made again, and what was not opened for a month goes by itself.
 */
export interface PreparedGraphs {
  /** Whether there is nothing to prepare: it was done, or tried, or is not worth it. */
  isSettled(path: string): Promise<boolean>
  /** Opens a graph as it was prepared, or else as it is. @throws {Failure} `model/unreadable`, `model/unsupportedType` */
  open(path: string): Promise<GraphSession>
  /** Prepares a graph where that is worth it and was not done yet; one that cannot be prepared stays as it is. */
  prepare(path: string): Promise<void>
}

/**
 * @param folder where they are kept; null keeps none. The name of an ONNX file is to say its content.
 */
export function preparedGraphs(folder: string | null): PreparedGraphs {
  if (folder === null)
    return {
      isSettled: () => Promise.resolve(true),
      open: (path) => openSession(path),
      prepare: () => Promise.resolve(),
    }
  const placeOf = async (path: string): Promise<string> => join(folder, `${basename(path)}-${await machine()}`)
  const isSettled = async (path: string): Promise<boolean> => {
    const sizeBytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    )
    return sizeBytes < leastBytes || sizeBytes > mostBytes || (await isThere(await placeOf(path)))
  }
  return {
    isSettled,
    open: async (path) => {
      const place = await placeOf(path)
      if (await isThere(join(place, graphFile))) {
        try {
          // Where nothing can be written it is opened all the same.
          await touch(place).catch(() => undefined)
          return await openSession(join(place, graphFile))
        } catch {
          await rm(place, { recursive: true, force: true }).catch(() => undefined)
        }
      }
      return openSession(path)
    },
    prepare: async (path) => {
      try {
        if (await isSettled(path)) return
        const place = await placeOf(path)
        if (!(await claim(place))) return
        try {
          if (!(await isThere(place))) await make(path, place)
        } finally {
          await rm(claimOf(place), { recursive: true, force: true })
        }
        await sweep(folder)
      } catch {
        // Where nothing can be written, it is served as it is.
      }
    },
  }
}

/** Makes the prepared form aside, tries it, and gives it its place; an empty place says that there is nothing to gain. */
async function make(path: string, place: string): Promise<void> {
  const making = await mkdtemp(join(claimOf(place), 'try-'))
  // What the runtime cannot write it would not be able to write the next time either.
  if (!(await isPrepared(path, making).catch(() => false)))
    for (const name of await readdir(making)) await rm(join(making, name))
  for (const name of await readdir(making)) await syncPath(join(making, name))
  await rename(making, place)
}

/** Lets the runtime write a graph, and sees that what it wrote is the same. */
async function isPrepared(path: string, making: string): Promise<boolean> {
  if (weightBytes(await readFile(path)) < leastBytes) return false
  const file = join(making, graphFile)
  const plain = await openSession(path, { preparedFile: file })
  try {
    const prepared = await openSession(file)
    try {
      return await isSameGraph(plain, prepared)
    } finally {
      await prepared.release()
    }
  } finally {
    await plain.release()
  }
}

/** Whether two graphs say the same of themselves, and give the same to the last bit. Where rows cannot be made up, nobody knows. */
export async function isSameGraph(one: GraphSession, other: GraphSession): Promise<boolean> {
  const given = await runMadeUp(one, triedRows)
  return (
    given !== undefined &&
    isDeepStrictEqual([one.inputs, one.outputs], [other.inputs, other.outputs]) &&
    isDeepStrictEqual(await runMadeUp(other, triedRows), given)
  )
}

/**
 * Sees that one process alone makes it: whoever else does is waited for. One whose process died while it made it is not tried
 * again for an hour, lest it was that what ended the process.
 * @returns whether it is for the caller to make, who is to remove the claim then
 */
async function claim(place: string): Promise<boolean> {
  await mkdir(dirname(place), { recursive: true })
  for (;;) {
    try {
      await mkdir(claimOf(place))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const ageMs = await ageOf(claimOf(place))
    if (ageMs === undefined) continue
    if (ageMs > retryMs) await rm(claimOf(place), { recursive: true, force: true })
    else if (ageMs > longestMakingMs) return false
    else await pause(20)
  }
}

const claimOf = (place: string): string => `${place}.making`

/** Removes what was not opened for long. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const ageMs = await ageOf(join(folder, name))
    if (ageMs !== undefined && ageMs > keptMs) await rm(join(folder, name), { recursive: true, force: true })
  }
}

async function touch(place: string): Promise<void> {
  const seconds = systemClock.now() / 1000
  await utimes(place, seconds, seconds)
}

const ageOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => systemClock.now() - mtimeMs,
    () => undefined,
  )

const isThere = async (path: string): Promise<boolean> => (await ageOf(path)) !== undefined

let known: Promise<string> | undefined

/** Names what a prepared form holds for: another runtime, or a processor that can do more or less, orders weights otherwise. */
const machine = (): Promise<string> =>
  (known ??= (async () => {
    const told = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
    const abilities = /^(?:flags|features)\s*:.*$/im.exec(told)?.[0] ?? ''
    const parts = [await runtimeVersion(), arch(), cpus()[0]?.model, abilities]
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
  })())

const graphFile = 'graph.onnx'
/** Weights of fewer bytes stay in the caches anyway. */
const leastBytes = 1_048_576
/** Preparing takes five times a file's size of memory for a moment. */
const mostBytes = 268_435_456
const triedRows = 3
const longestMakingMs = 30_000
const retryMs = 3_600_000
const keptMs = 30 * 86_400_000
