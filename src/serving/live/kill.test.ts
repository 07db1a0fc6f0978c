import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { seededIds, seededRandom, systemClock } from '#platform'
import {
  applyFlights,
  flightInput,
  openServingWorkspace,
  registerFlights,
  releaseFlights,
} from '../fixtures/served-system.ts'
import { compactPredictions } from '../prediction-log/compact-predictions.ts'
import { predictionRelation } from '../prediction-log/prediction-relation.ts'

const child = fileURLToPath(new URL('../fixtures/serve-child.ts', import.meta.url))

test('a server killed under load at random moments has every answered prediction in its log exactly once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-serve-kill-'))
  const random = seededRandom('serve')
  const open = () =>
    openServingWorkspace(folder, {
      clock: systemClock,
      ids: seededIds(systemClock, random.fork(String(random.next()))),
    })
  const first = await open()
  const dataset = await applyFlights(first, flightInput('flights'))
  await releaseFlights(first, await registerFlights(first, dataset, { runId: 'r1' }))
  await first.close()

  const answered: string[] = []
  for (let kill = 0; kill < 4; kill++) answered.push(...(await answersUntilKilled(folder, 20 + random.int(300))))
  expect(answered.length).toBeGreaterThan(20)

  const workspace = await open()
  await compactPredictions(workspace, { system: 'flights' })
  const relation = await predictionRelation(workspace, { system: 'flights' })
  const rows = await workspace.lake.rows<{ id: string; n: number }>(
    `select id, count(*) as n from ${relation} group by id`,
  )
  const times = new Map(rows.map(({ id, n }) => [id, n]))
  expect(rows.filter(({ n }) => n !== 1)).toEqual([])
  expect(answered.filter((id) => !times.has(id))).toEqual([])
  await workspace.close()
  await rm(folder, { recursive: true })
})

/** Serves, is asked by eight callers at once, and is killed; gives the ids of the answers that arrived whole. */
async function answersUntilKilled(folder: string, ms: number): Promise<string[]> {
  const server = spawn(process.execPath, ['--conditions=source', child, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(server, 'close')
  const [text] = (await once(server.stdout, 'data')) as [Buffer]
  const url = `${text.toString().trim()}/api/v1/systems/flights/predict`
  const ids: string[] = []
  const row = { date: '2001-02-01T00:00:00Z', origin: 'JFK', distance: 1000 }
  const caller = async (many: boolean): Promise<void> => {
    for (;;) {
      const body = JSON.stringify(many ? { rows: [row, row, row] } : row)
      const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      const found = (await answer.json()) as { id: string; predictions: { id: string }[] }
      ids.push(...(many ? found.predictions.map(({ id }) => id) : [found.id]))
    }
  }
  const callers = Array.from({ length: 8 }, (_, i) => caller(i % 2 === 0).catch(() => undefined))
  // Only once it answers: a cold server under load would be killed before its first answer.
  while (ids.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  setTimeout(() => server.kill('SIGKILL'), ms)
  await Promise.all([ended, ...callers])
  return ids
}
