import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { seededRandom } from '#platform'

const child = fileURLToPath(new URL('./fixtures/kill-child.ts', import.meta.url))

test('a run killed ten times at random moments finishes, each keyed effect there exactly once, each stored answer kept', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-kill-'))
  const random = seededRandom('kill')
  let kills = 0
  let said = ''
  let starts = 0
  while (!said.includes('done')) {
    if (++starts > 40) throw new Error(`Cannot finish: ${kills} kills, last said '${said}'`)
    said = await liveFor(folder, kills < 10 ? random.int(110) : undefined)
    if (!said.includes('done')) kills++
  }
  expect(said.trim()).toBe('up\ndone [0,1,4,9,16,25,36,49,64,81,100,121]')
  expect(kills).toBeGreaterThan(5)
  const facts = new DatabaseSync(join(folder, 'facts.sqlite'))
  const effects = facts.prepare('select key, times from test_effects order by key').all()
  expect(new Map(effects.map(({ key, times }) => [key, times]))).toEqual(
    new Map(Array.from({ length: 12 }, (_, i) => [`effect ${i}`, 1])),
  )
  facts.close()
  const work = new DatabaseSync(join(folder, 'work.sqlite'))
  const finished = work
    .prepare(
      "select step_name, count(*) as n from step_attempts where kind = 'function' and status = 'completed' group by 1",
    )
    .all() as { n: number }[]
  expect(finished.map(({ n }) => n)).toEqual(Array(12).fill(1))
  work.close()
  await rm(folder, { recursive: true })
})

/** Starts the program and kills it some time after it looks for work, or lets it finish; says what it printed. */
function liveFor(folder: string, ms: number | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const process_ = spawn(process.execPath, ['--conditions=source', child, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    process_.stdout.on('data', (text: Buffer) => {
      said += text.toString()
      if (ms !== undefined && said === 'up\n') setTimeout(() => process_.kill('SIGKILL'), ms)
    })
    process_.once('error', reject)
    process_.once('close', () => resolve(said))
  })
}
