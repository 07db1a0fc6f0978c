import { afterAll, beforeAll, expect, test } from 'vitest'
import { numberColumn } from '#platform'
import { appendPredictions } from '#serving'
import type { SystemVersion } from '#system'
import { day, lateParcels, openTinyLoop, startMs, type TinyLoop } from '../fixtures/tiny-loop.ts'
import { dueWindows } from './due-windows.ts'

const hour = 3_600_000
let loop: TinyLoop
let system: SystemVersion
beforeAll(async () => {
  loop = await openTinyLoop(0)
  system = await loop.apply(lateParcels({ monitor: { window: '1h' } }))
  const moments = Array.from({ length: 1200 }, (_, i) => startMs + i * hour + 60_000)
  await appendPredictions(loop.workspace, {
    system: 'parcels',
    key: 'hours',
    batch: { rowCount: moments.length, columns: { at_ms: numberColumn(moments) } },
    constants: { version_id: 'v', arm: 'champion' },
  })
})
afterAll(() => loop.close())

const due = (nowMs: number) => dueWindows(loop.workspace, { system, nowMs })

test('dueWindows() gives the windows with predictions whose outcomes have had their time, oldest first', async () => {
  expect(await due(startMs + day + 2 * hour)).toEqual([
    { startMs, endMs: startMs + hour },
    { startMs: startMs + hour, endMs: startMs + 2 * hour },
  ])
  expect(await due(startMs + day + hour - 1)).toEqual([])
})

test('dueWindows() leaves those for the next turn that one turn has no steps for', async () => {
  const windows = await due(startMs + 100 * day)
  expect(windows.length).toBe(500)
  expect(windows[0]).toEqual({ startMs, endMs: startMs + hour })
})
