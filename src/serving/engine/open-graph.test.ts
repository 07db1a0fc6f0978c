import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { addingModel } from '../fixtures/engine-graphs.ts'
import { numbers } from '../fixtures/model-queue.ts'
import { openLanes } from './lanes.ts'
import { movingGraph, openGraph, processor, type KnownGraph, type OpenGraph } from './open-graph.ts'

let folder: string
let path: string
const lanes = openLanes(1)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-graph-'))
  path = join(folder, 'adds.onnx')
  await writeFile(path, addingModel(5))
})
afterAll(async () => {
  await lanes.close()
  await rm(folder, { recursive: true })
})

const known: KnownGraph = { processor, sharesRuns: true, curve: [], loadMs: 1, largestBatch: 8, runsIn: 'http' }
const open = (of: Partial<KnownGraph>): Promise<OpenGraph> =>
  openGraph({ path, preparedFolder: null, lanes, known: { ...known, ...of }, maxRunMs: 10 })
const add = async (graph: OpenGraph, value: number): Promise<unknown> => {
  const { y } = await graph.run({ x: numbers(1, value) }, ['y'])
  return y?.data[0]
}
/** A graph that says when it was let go of. */
const watched = (graph: OpenGraph) => {
  let isReleased = false
  const release = async (): Promise<void> => {
    isReleased = true
    await graph.release()
  }
  return { graph: { ...graph, release }, isReleased: () => isReleased }
}

describe('openGraph()', () => {
  test('learns what a graph costs, the time that it takes to load among it', async () => {
    const graph = await openGraph({ path, preparedFolder: null, lanes, maxRunMs: 10 })
    expect(graph.known).toMatchObject({ processor, sharesRuns: true })
    expect(graph.known.loadMs).toBeGreaterThan(0)
    await graph.release()
  })

  test.each([
    { where: 'short to run and to load', of: {} },
    { where: 'short to run, and slow to load', of: { loadMs: 20 } },
    { where: 'long to run', of: { runsIn: 'lane' as const } },
  ])('answers from a graph that is known to be $where', async ({ of }) => {
    const graph = await open(of)
    expect([await add(graph, 1), graph.known, graph.isLost()]).toEqual([6, { ...known, ...of }, false])
    await graph.release()
  })
})

describe('movingGraph()', () => {
  test('answers each run while it moves, and lets go of what it was', async () => {
    const first = watched(await open({ runsIn: 'lane' }))
    const next = watched(await open({}))
    const graph = movingGraph(first.graph, () => Promise.resolve(next.graph), { afterMs: 1 })
    for (let value = 0; value < 50 || !first.isReleased(); value++) expect(await add(graph, value)).toBe(value + 5)
    expect(next.isReleased()).toBe(false)
    await graph.release()
    expect(next.isReleased()).toBe(true)
  })

  test('stays where it is when it cannot be opened again', async () => {
    const first = watched(await open({ runsIn: 'lane' }))
    let isAsked: () => void = () => undefined
    const asked = new Promise<void>((resolve) => (isAsked = resolve))
    const next = (): Promise<OpenGraph> => {
      isAsked()
      return Promise.reject(new Error('No room'))
    }
    const graph = movingGraph(first.graph, next, { afterMs: 1 })
    expect(await add(graph, 2)).toBe(7)
    await asked
    expect([await add(graph, 2), first.isReleased()]).toEqual([7, false])
    await graph.release()
    expect(first.isReleased()).toBe(true)
  })

  test('does not move once it was let go of', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let isAsked = false
      const next = (): Promise<OpenGraph> => {
        isAsked = true
        return open({})
      }
      const graph = movingGraph(await open({ runsIn: 'lane' }), next, { afterMs: 100 })
      await add(graph, 1)
      expect(vi.getTimerCount()).toBe(1)
      await graph.release()
      vi.advanceTimersByTime(1000)
      expect(isAsked).toBe(false)
    } finally {
      vi.useRealTimers()
    }
  })
})
