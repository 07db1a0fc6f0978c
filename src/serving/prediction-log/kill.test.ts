import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { seededIds, seededRandom, silentLog, systemClock } from '#platform'
import { openWorkspace } from '#test-workspace'
import { migrations } from '../migrations.ts'
import { compactPredictions } from './compact-predictions.ts'
import { predictionRelation } from './prediction-relation.ts'

const child = fileURLToPath(new URL('../fixtures/log-child.ts', import.meta.url))

test.each([
  ['before each answer', '0'],
  ['now and then', '50'],
])(
  'a log whose writer is killed at random moments, while it is merged, holds every answered prediction exactly once: synchronised %s',
  async (_, syncMs) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-log-'))
    const random = seededRandom('log')
    const answered: string[] = []
    for (let kill = 0; kill < 4; kill++) answered.push(...(await liveFor(folder, { ms: random.int(250), syncMs })))
    expect(answered.length).toBeGreaterThan(20)

    const workspace = await openWorkspace({
      folder,
      migrations,
      clock: systemClock,
      ids: seededIds(systemClock, random),
      log: silentLog,
      threads: 1,
    })
    const missing = async (): Promise<string[]> => {
      const relation = await predictionRelation(workspace, { system: 'flights' })
      const rows = await workspace.lake.rows<{ id: string; n: number }>(
        `select id, count(*) as n from ${relation} group by id`,
      )
      const times = new Map(rows.map(({ id, n }) => [id, n]))
      expect(rows.filter(({ n }) => n !== 1)).toEqual([])
      return answered.filter((id) => times.get(id) !== 1)
    }
    expect(await missing()).toEqual([])
    await compactPredictions(workspace, { system: 'flights' })
    expect(await missing()).toEqual([])
    await workspace.close()
    await rm(folder, { recursive: true })
  },
)

/** Runs the writer until it is killed some time after it is up; gives the ids that it answered. */
function liveFor(folder: string, { ms, syncMs }: { readonly ms: number; readonly syncMs: string }): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let said = ''
    const writer = spawn(process.execPath, ['--conditions=source', child, folder, syncMs], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    writer.stdout.on('data', (text: Buffer) => {
      if (said === '') setTimeout(() => writer.kill('SIGKILL'), ms)
      said += text.toString()
    })
    writer.once('error', reject)
    // The last line may have been cut short by the kill: its answer never left whole.
    writer.once('close', () => resolve(said.split('\n').slice(1, -1)))
  })
}
