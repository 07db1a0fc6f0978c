import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openSession, type GraphTensor } from '#model'
import { addingModel, everyTypeModel } from '../fixtures/engine-graphs.ts'
import { askHost, hostedFile, openTestHost } from '../fixtures/model-host.ts'
import { numbers } from '../fixtures/model-queue.ts'
import { identityModel } from '../fixtures/protocol-models.ts'
import { processor } from './open-graph.ts'
import { openLanes, type Lanes } from './lanes.ts'
import { openLane } from './open-lane.ts'

const run = promisify(execFile)
let folder: string
let lanes: Lanes
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-lane-'))
})
afterAll(() => rm(folder, { recursive: true }))
const unmeasured = { preparedFolder: null, maxRunMs: 10, warmRows: 1 }
const write = async (name: string, bytes: Uint8Array) => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}
/** What a program prints that opens a graph in a lane, and ends by itself. */
const printed = async (rest: string) => {
  const model = await write('alone.onnx', addingModel(1))
  const program = `
    import { openLane } from ${JSON.stringify(new URL('./open-lane.ts', import.meta.url).href)}
    const lane = openLane()
    const graph = await lane.open(${JSON.stringify(model)}, { preparedFolder: null, maxRunMs: 10, warmRows: 1 })
    ${rest}`
  const path = await write('program.mjs', Buffer.from(program))
  return (await run(process.execPath, ['--conditions=source', path])).stdout
}

describe('openLane()', () => {
  const lane = openLane()
  afterAll(() => lane.close())

  test('runs a graph as this thread does, and leaves what it was given as it was', async () => {
    const path = await write('every.onnx', everyTypeModel())
    const [here, there] = [
      await openSession(path),
      await lane.open(path, { preparedFolder: null, maxRunMs: 0.1, warmRows: null }),
    ]
    const feeds: Record<string, GraphTensor> = {
      x: numbers(2, 1, 2, 3, 4),
      s: { type: 'string', shape: [2, 1], data: ['ñ', ''] },
      k: { type: 'int64', shape: [2], data: BigInt64Array.of(7n, 0n) },
    }
    const wanted = ['embedded', 'sum', 'text']
    expect([there.inputs, there.outputs]).toEqual([here.inputs, here.outputs])
    expect(there.measure?.sharesRuns).toBe(true)
    expect(await there.run(feeds, wanted)).toEqual(await here.run(feeds, wanted))
    expect(feeds['x']?.data).toEqual(Float32Array.of(1, 2, 3, 4))
    await there.release()
    await here.release()
  })

  test('takes bytes that are a part of a larger buffer', async () => {
    const graph = await lane.open(await write('bytes.onnx', identityModel('UINT8')), unmeasured)
    // Small buffers are parts of one pool, which must stay where it is.
    const data = Buffer.from([1, 2, 3])
    const { OUTPUT0 } = await graph.run({ INPUT0: { type: 'uint8', shape: [3], data } }, ['OUTPUT0'])
    expect(OUTPUT0?.data).toEqual(Uint8Array.of(1, 2, 3))
    expect([...data]).toEqual([1, 2, 3])
  })

  test('says of a file that is no model what this thread says', async () => {
    const path = await write('broken.onnx', Buffer.from('no model'))
    await expect(lane.open(path, unmeasured)).rejects.toMatchObject({ code: 'model/unreadable', status: 422 })
    expect(lane.isDead).toBe(false)
  })

  test('fails what it was asked when its thread ends, and what it is asked after', async () => {
    const dying = openLane()
    const path = await write('dying.onnx', addingModel(1))
    const graph = await dying.open(path, unmeasured)
    // Before it is asked anything: ended inside of the runtime, it would take the process with it.
    const ended = dying.terminate()
    const asked = [
      graph.run({ x: numbers(1, 1) }, ['y']),
      graph.run({ x: numbers(1, 2) }, ['y']),
      dying.open(path, unmeasured),
    ]
    const failed = Promise.allSettled(asked)
    await ended
    asked.push(graph.run({ x: numbers(1, 3) }, ['y']))
    const codes = (await Promise.allSettled(asked)).map((one) =>
      one.status === 'rejected' ? one.reason.code : 'answered',
    )
    expect([codes, dying.isDead, graph.isLost()]).toEqual([Array.from(codes, () => 'serving/laneDied'), true, true])
    await failed
    await graph.release()
    await dying.close()
  })

  test('keeps a program alive that waits for it, until it has closed', async () => {
    expect(await printed('await graph.release(); await lane.close(); console.log("closed")')).toBe('closed\n')
  })

  test('keeps no program alive that waits for nothing', async () => {
    expect(await printed('console.log("over")')).toBe('over\n')
  })
})

describe('openLanes()', () => {
  afterEach(() => lanes.close())

  test('opens a model again whose thread ended, at the next request', async () => {
    lanes = openLanes(1)
    const host = openTestHost({ lanes })
    const known = { processor, sharesRuns: true, curve: [], loadMs: 1, largestBatch: 8, runsIn: 'lane' } as const
    const file = { ...(await hostedFile(folder, 'large', addingModel(5))), known }
    expect(await askHost(host, file, [numbers(1, 1)])).toEqual([6])
    expect(host.peek('large')?.runsIn).toBe('lane')
    const ended = lanes.terminate()
    const asked = Promise.allSettled(Array.from({ length: 20 }, (_, i) => askHost(host, file, [numbers(1, i)])))
    await ended
    const codes = (await asked).map((one) => (one.status === 'rejected' ? one.reason.code : 'answered'))
    expect(codes).toEqual(Array.from(codes, () => 'serving/laneDied'))
    expect(await askHost(host, file, [numbers(1, 2)])).toEqual([7])
    expect([host.openModels, host.openBytes]).toEqual([1, file.sizeBytes])
    await host.close()
  })
})
