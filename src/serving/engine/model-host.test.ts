import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { addingModel, shapedModel } from '../fixtures/engine-graphs.ts'
import { askHost, askResident, hostedFile, openTestHost } from '../fixtures/model-host.ts'
import { numbers } from '../fixtures/model-queue.ts'
import { servingCounts } from '../metrics/serving-counts.ts'
import type { HostedFile } from './model-host.ts'

let folder: string
const files: HostedFile[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-host-'))
  for (let i = 0; i < 20; i++) files.push(await hostedFile(folder, `adds ${i}`, addingModel(i)))
})
afterAll(() => rm(folder, { recursive: true }))
const [a, b, c] = [0, 1, 2].map((place) => () => files[place] as HostedFile) as [
  () => HostedFile,
  () => HostedFile,
  () => HostedFile,
]

describe('openModelHost()', () => {
  test('opens a model once for all who ask at the same time', async () => {
    const host = openTestHost()
    const opened = await Promise.all(Array.from({ length: 5 }, () => host.open(a())))
    expect([new Set(opened).size, host.openModels, host.peek(a().key) === opened[0]]).toEqual([1, 1, true])
    await host.close()
  })

  test('closes the model that was asked longest ago, by number', async () => {
    const host = openTestHost({ maxModels: 2 })
    await host.open(a())
    await host.open(b())
    host.peek(a().key)
    await host.open(c())
    expect([a, b, c].map((file) => host.peek(file().key) !== undefined)).toEqual([true, false, true])
    expect([host.openModels, host.evicted]).toEqual([2, 1])
    await host.close()
  })

  test('and by size, but keeps one that is larger than all may be', async () => {
    const large = await hostedFile(folder, 'large', addingModel(1, 10_000))
    const host = openTestHost({ maxBytes: large.sizeBytes - 1 })
    await host.open(a())
    await host.open(b())
    await host.open(large)
    expect([host.peek(large.key) !== undefined, host.openModels, host.openBytes]).toEqual([true, 1, large.sizeBytes])
    await host.close()
  })

  test('does not take a look at its counts for a request', async () => {
    const host = openTestHost({ maxModels: 2 })
    await host.open(a())
    await host.open(b())
    host.peek(a().key)
    // Looks at every model, in the order of their first opening.
    expect(servingCounts(host).models).toHaveLength(2)
    await host.open(c())
    expect([a, b].map((file) => host.peek(file().key) !== undefined)).toEqual([true, false])
    await host.close()
  })

  test('tries one again that could not be opened', async () => {
    const host = openTestHost()
    const file = await hostedFile(folder, 'late', Buffer.from('not yet'))
    const both = await Promise.allSettled([host.open(file), host.open(file)])
    expect(both.map((one) => one.status === 'rejected' && one.reason.code)).toEqual([
      'model/unreadable',
      'model/unreadable',
    ])
    expect([host.openModels, host.openBytes]).toEqual([0, 0])
    await writeFile(file.path, addingModel(3))
    expect(await askHost(host, file, [numbers(1, 1)])).toEqual([4])
    await host.close()
  })

  test('answers what was asked before it closes, and nothing after', async () => {
    const host = openTestHost()
    const resident = await host.open(a())
    const asked = Array.from({ length: 50 }, (_, i) => askResident(resident, [numbers(1, i)]))
    const opening = askHost(host, b(), [numbers(1, 1)])
    await host.close()
    expect([(await Promise.all(asked)).flat(), await opening]).toEqual([Array.from({ length: 50 }, (_, i) => i), [2]])
    await expect(askHost(host, a(), [numbers(1, 1)])).rejects.toMatchObject({ code: 'serving/closing' })
  })

  test('runs a graph whose requests share no runs', async () => {
    const host = openTestHost()
    const file = await hostedFile(folder, 'shaped', shapedModel(['N', 'M']))
    const answers = await Promise.all([
      askHost(host, file, [numbers(3, 1, 2, 3)]),
      askHost(host, file, [numbers(1, 4)]),
    ])
    expect([answers, host.peek('shaped')?.layout]).toEqual([[[1, 2, 3], [4]], null])
    await host.close()
  })

  test('loses no request while models make room for each other', async () => {
    const host = openTestHost({ maxModels: 3 })
    const random = seededRandom('evictions')
    const answers: Promise<readonly unknown[]>[] = []
    const expected: number[][] = []
    for (let i = 0; i < 300; i++) {
      const place = random.int(files.length)
      answers.push(askHost(host, files[place] as HostedFile, [numbers(1, i, i + 1)]))
      expected.push([i + place, i + 1 + place])
      if (i % 10 === 0) await answers.at(-1)
    }
    expect(await Promise.all(answers)).toEqual(expected)
    expect([host.openModels, host.evicted > 30]).toEqual([3, true])
    await host.close()
  })
})
