import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { matrixClassifier } from '../../src/model/fixtures/foreign-graphs.ts'
import { withTensorsBeside } from '../../src/model/fixtures/external-data.ts'
import { onnxModel, registeringClient } from '../journeys/fixtures/registered-models.ts'

const program = fileURLToPath(new URL('./fixtures/serve.ts', import.meta.url))
let folder: string
let child: ChildProcess
let url: string
const client = registeringClient(() => url)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-registration-'))
  await start()
})
afterEach(async () => {
  child.kill('SIGKILL')
  await rm(folder, { recursive: true, maxRetries: 3 })
})

async function start(): Promise<void> {
  child = spawn(process.execPath, ['--conditions=source', program, join(folder, 'store')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  url = line.toString().trim()
}

/** Kills the server whenever a step has begun that had not before, and starts it again. @returns the steps */
async function killAtEachStep(): Promise<readonly string[]> {
  const work = new DatabaseSync(join(folder, 'store', 'work.sqlite'), { readOnly: true })
  const state = work.prepare("select status from workflow_runs where workflow_name = 'registration'")
  const begun = work.prepare('select distinct step_name as name from step_attempts order by created_at')
  const seen = new Set<string>()
  const runs = (): readonly { status: string }[] => state.all() as never
  while (runs().length === 0 || runs().some(({ status }) => status === 'pending' || status === 'running')) {
    const next = (begun.all() as { name: string }[]).find(({ name }) => !seen.has(name))
    if (!next) {
      await pause(1)
      continue
    }
    seen.add(next.name)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    await start()
  }
  work.close()
  return [...seen]
}

const { graph, data } = withTensorsBeside(
  matrixClassifier([
    [0, 2],
    [0, -2],
  ]),
)

test('a registration that is killed at each of its steps goes on at that step, and the version serves', async () => {
  const files = { MLmodel: onnxModel(), 'model.onnx': graph, 'weights.data': data }
  const made = await client.register('killed', files)
  const steps = await killAtEachStep()
  expect(steps.length).toBeGreaterThan(2)
  expect(await client.judged(made)).toMatchObject({ status: 'READY' })
  expect((await fetch(`${url}/v2/models/killed/versions/1`)).status).toBe(200)
  const facts = new DatabaseSync(join(folder, 'store', 'facts.sqlite'), { readOnly: true })
  expect(facts.prepare('select name, version from serving_models').all()).toEqual([{ name: 'killed', version: 1 }])
  facts.close()
})
