import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { logLine, prediction } from '../fixtures/prediction.ts'
import type { PartContent } from '../store.ts'
import { linesOf } from './log-line.ts'
import { createSegment } from './segment.ts'
import { systemLog } from './system-log.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-system-log-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('systemLog()', () => {
  const lines = (id: string) => linesOf([prediction(id)])

  test('writes lines before it returns where a file grows that is not forced onto the disk each time', async () => {
    const sealed: (readonly [string, number, string | null, string | null])[] = []
    let made = 0
    const log = systemLog({
      fullness: (segment) => segment.sizeBytes() / (2.5 * logLine(prediction('p1')).length),
      begin: async () => {
        const path = join(folder, `at once ${++made}`)
        const segment = await createSegment(path, { syncMs: 1000 })
        const seal = async ({ rows, firstId, lastId }: PartContent) =>
          void sealed.push([await readFile(path, 'utf8'), rows, firstId, lastId])
        return { ...segment, seal }
      },
    })
    const waited: boolean[] = []
    for (const id of ['p1', 'p2', 'p3', 'p4']) {
      const kept = log.append(lines(id))
      waited.push(kept !== undefined)
      await kept
    }
    expect(waited).toEqual([true, false, false, true])
    await log.rotate()
    const texts = (...ids: readonly string[]) => ids.map((id) => logLine(prediction(id))).join('')
    expect(sealed).toEqual(
      expect.arrayContaining([
        [texts('p1', 'p2', 'p3'), 3, 'p1', 'p3'],
        [texts('p4'), 1, 'p4', 'p4'],
      ]),
    )
  })

  test('leaves a file that the disk let down, and takes no more than one failure of it', async () => {
    let made = 0
    const sealed: [number, number][] = []
    const log = systemLog({
      fullness: () => 0,
      begin: async () => {
        const number = ++made
        const segment = await createSegment(join(folder, `segment ${number}`), { syncMs: 0 })
        return {
          ...segment,
          // The disk reports what it lost, after it was promised.
          isBroken: () => number === 1 && segment.sizeBytes() > 0,
          seal: async ({ rows }) => void sealed.push([number, rows]),
        }
      },
    })
    await log.append(lines('p1'))
    await log.append(lines('p2'))
    await log.rotate()
    expect(sealed).toEqual([
      [1, 1],
      [2, 1],
    ])
  })

  test('asks again for a next file that could not be made in advance', async () => {
    let attempts = 0
    const log = systemLog({
      // Half full with the first line, full with the second.
      fullness: (segment) => segment.sizeBytes() / (2 * logLine(prediction('p1')).length),
      begin: async () => {
        if (++attempts === 2) throw new Error('The disk was full for a moment')
        const segment = await createSegment(join(folder, `other ${attempts}`), { syncMs: 0 })
        return { ...segment, seal: () => Promise.resolve() }
      },
    })
    for (const id of ['p1', 'p2', 'p3']) await log.append(lines(id))
    await log.rotate()
    expect(attempts).toBeGreaterThanOrEqual(3)
  })
})
