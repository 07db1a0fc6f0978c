import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { collect } from './collect.ts'
import { ageBlobs, blobsIn, openWholeStore, type WholeStore } from './fixtures/whole-store.ts'

const program = fileURLToPath(new URL('./fixtures/collect-child.ts', import.meta.url))
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collect-kill-'))
})
afterEach(() => rm(folder, { recursive: true, maxRetries: 3 }))

/** Collects in a process that is killed some time after it began, unless it ends before. */
async function collectUntilKilled(afterMs: number): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=source', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // The second one starts in a blink.
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  await Promise.race([pause(afterMs), ended])
  child.kill('SIGKILL')
  await ended
}

/** How many runs are whole, of which all have to be that are there at all. */
async function wholeRuns(store: WholeStore, runs: readonly string[]): Promise<readonly string[]> {
  const whole: string[] = []
  for (const run of runs) {
    const { status, ...found } = await store.call(`GET runs/get?run_id=${run}`)
    if (status === 404) continue
    expect(found).toMatchObject({ run: { data: { metrics: { length: 50 }, params: { length: 50 } } } })
    expect(await store.artifact('GET', `0/${run}/artifacts/own`)).toEqual({ status: 200, body: run })
    expect(await store.artifact('GET', `0/${run}/artifacts/same`)).toEqual({ status: 200, body: 'same' })
    whole.push(run)
  }
  return whole
}

test('a collection that is killed at any moment leaves no half run, and the next one goes on with it', async () => {
  const random = seededRandom('collections')
  let store = await openWholeStore(folder)
  const runs: string[] = []
  for (let number = 0; number < 40; number++) {
    const run = await store.startRun('0')
    const names = Array.from({ length: 50 }, (_, place) => `k${place}`)
    await store.call('POST runs/log-batch', {
      run_id: run,
      metrics: names.map((key) => ({ key, value: 1, timestamp: 1, step: 1 })),
      params: names.map((key) => ({ key, value: '1' })),
    })
    await store.artifact('PUT', `0/${run}/artifacts/own`, run)
    await store.artifact('PUT', `0/${run}/artifacts/same`, 'same')
    runs.push(run)
  }
  const [kept, deleted] = [runs.filter((_, place) => place % 2 === 0), runs.filter((_, place) => place % 2 === 1)]
  for (const run of deleted) await store.call('POST runs/delete', { run_id: run })
  await ageBlobs(folder)
  await store.workspace.close()
  for (let kill = 0; kill < 2; kill++) {
    await collectUntilKilled(random.next() * 100)
    store = await openWholeStore(folder)
    expect(await wholeRuns(store, kept)).toEqual(kept)
    await wholeRuns(store, deleted)
    await store.workspace.close()
  }
  store = await openWholeStore(folder)
  await collect(store.workspace, { olderThanMs: 0 })
  expect(await wholeRuns(store, kept)).toEqual(kept)
  expect(await wholeRuns(store, deleted)).toEqual([])
  expect(await blobsIn(folder)).toHaveLength(kept.length + 1)
  await store.workspace.close()
})
