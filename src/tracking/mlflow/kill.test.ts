import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '#platform'

const program = fileURLToPath(new URL('../fixtures/mlflow-child.ts', import.meta.url))
let folder: string
let child: ChildProcess | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracking-kill-'))
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(folder, { recursive: true, maxRetries: 3 })
})

async function start(): Promise<string> {
  child = spawn(process.execPath, ['--conditions=source', program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  return `http://127.0.0.1:${Number(line.toString())}/api/2.0/mlflow`
}

async function post(url: string, path: string, fields: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(fields) })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as Record<string, unknown>
}

test('what was acknowledged of batches is there after a kill at any moment, each batch whole or not at all', async () => {
  const random = seededRandom('kills')
  let url = await start()
  const { run } = (await post(url, 'runs/create', { experiment_id: '0' })) as { run: { info: { run_id: string } } }
  const { run_id } = run.info
  const perBatch = 200
  const batch = (step: number): object => ({
    run_id,
    metrics: Array.from({ length: perBatch }, (_, k) => ({ key: `m${k}`, value: step, timestamp: step, step })),
    params: [{ key: `p${step}`, value: String(step) }],
  })
  const acknowledged = new Set<number>()
  let step = 0
  for (let kill = 0; kill < 3; kill++) {
    const ended = once(child as ChildProcess, 'exit')
    let killed: Promise<unknown> | undefined
    try {
      for (; ; step++) {
        await post(url, 'runs/log-batch', batch(step))
        acknowledged.add(step)
        killed ??= pause(random.next() * 400).then(() => child?.kill('SIGKILL'))
      }
    } catch {
      // It was killed; the client does not know what became of this batch, and goes on with the next.
      step++
    }
    await ended
    url = await start()
  }
  const stepsOf = async (key: string): Promise<Set<unknown>> => {
    const answer = await fetch(`${url}/metrics/get-history?run_id=${run_id}&metric_key=${key}&max_results=25000`)
    const { metrics = [] } = (await answer.json()) as { metrics?: readonly { step: number }[] }
    return new Set(metrics.map(({ step: at }) => at))
  }
  const first = await stepsOf('m0')
  expect([...acknowledged].filter((at) => !first.has(at))).toEqual([])
  for (const key of ['m1', `m${perBatch - 1}`]) expect(await stepsOf(key)).toEqual(first)
  const found = (await (await fetch(`${url}/runs/get?run_id=${run_id}`)).json()) as {
    run: { data: { params: readonly { value: string }[] } }
  }
  expect(new Set(found.run.data.params.map(({ value }) => Number(value)))).toEqual(first)
  expect(acknowledged.size).toBeGreaterThanOrEqual(3)
})
