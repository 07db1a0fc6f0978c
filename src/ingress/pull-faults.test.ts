import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '#platform'
import { expect, test } from 'vitest'
import { openSourceFolder } from './fixtures/source-folder.ts'
import { pull, snapshotRelation, snapshotsOf } from './index.ts'

const program = fileURLToPath(new URL('fixtures/pull-until-killed.ts', import.meta.url))

test('pull() takes each row exactly once, also when it is killed at random moments', async () => {
  await using folder = await openSourceFolder()
  const random = seededRandom('kills')
  let files = 0
  const drop = async (): Promise<void> => {
    const rows = Array.from({ length: 40 }, (_, row) => `${files * 40 + row},some words\n`)
    await folder.write(`in/${String(files++).padStart(4, '0')}.csv`, `id,name\n${rows.join('')}broken\n`)
  }
  for (let kill = 0; kill < 6; kill++) {
    await drop()
    const child = spawn(process.execPath, ['--conditions=source', program, folder.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    for (let more = random.int(4); more > 0; more--) {
      await sleep(random.int(40))
      await drop()
    }
    await sleep(random.int(60))
    child.kill('SIGKILL')
    await ended
  }
  const system = folder.system({ kind: 'csv', path: 'in/*.csv' })
  await pull(folder.workspace, { system, source: 'trips' })
  const snapshots = await snapshotsOf(folder.workspace, { system: 'taxi', source: 'trips' })
  const ids = await folder.workspace.lake.rows<{ id: number }>(
    `select id from ${snapshotRelation(folder.workspace, snapshots)} order by id`,
  )
  expect(ids.map((row) => row.id)).toEqual(Array.from({ length: files * 40 }, (_, id) => id))
  expect(snapshots.map((snapshot) => snapshot.number)).toEqual(snapshots.map((_, place) => place + 1))
  expect(snapshots.reduce((sum, snapshot) => sum + snapshot.quarantined, 0)).toBe(files)
  expect(snapshots.reduce((sum, snapshot) => sum + snapshot.rows, 0)).toBe(files * 40)
  for (const { digest } of snapshots) expect(await folder.workspace.blobs.has(digest)).toBe(true)
})

test('pull() takes each row once when two of them run at the same time', async () => {
  await using folder = await openSourceFolder()
  await folder.write('a.csv', 'id\n1\n2\n')
  const system = folder.system({ kind: 'csv', path: '*.csv' })
  const results = await Promise.all([1, 2, 3].map(() => pull(folder.workspace, { system, source: 'trips' })))
  expect(results.filter((result) => result.snapshot !== null)).toHaveLength(1)
  expect(await snapshotsOf(folder.workspace, { system: 'taxi', source: 'trips' })).toHaveLength(1)
})
