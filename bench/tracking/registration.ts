import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { pythonEnvironment } from '../peers/python-environment.ts'
import { startMillraceTracking } from './servers.ts'

/** From `log_model` of MLflow's own client to the first prediction of what it registered: a file, and a version of a system. */
export async function registrationFigures(context: BenchContext): Promise<readonly Figure[]> {
  const found = await pythonEnvironment(['mlflow>=3,<4', 'onnx>=1.17'], context)
  if ('skipped' in found) throw new Error(found.skipped)
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const server = await startMillraceTracking()
  try {
    const url = `http://127.0.0.1:${server.port}`
    await makeSystem(url, folder)
    const script = fileURLToPath(new URL('registration.py', import.meta.url))
    const { stdout } = await promisify(execFile)(found.python, [script, url, system], {
      env: { ...process.env, NO_PROXY: '127.0.0.1' },
    })
    const lines = stdout.trim().split('\n')
    const told = JSON.parse(lines.at(-1) ?? '') as Readonly<Record<'file' | 'system', readonly Seconds[]>>
    return [
      figure('log_model to the first prediction, served as a file', told.file),
      figure('log_model to the first prediction, judged and released by a system', told.system),
    ]
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

interface Seconds {
  readonly registered: number
  readonly answered: number
}

const figure = (name: string, times: readonly Seconds[]): Figure => ({
  name,
  figure: Math.max(...times.map(({ answered }) => answered)),
  bar: 5,
  unit: 's',
  better: 'lower',
  against: `the slowest of ${times.map(({ answered }) => answered.toFixed(2)).join(', ')} s; log_model itself took ${times.map(({ registered }) => registered.toFixed(2)).join(', ')} s`,
})

const system = 'buyers'

/** A small system that has a champion. */
async function makeSystem(url: string, folder: string): Promise<void> {
  const rows = Array.from({ length: 2000 }, (_, row) => {
    const [clicks, pages] = [row % 7, (row * 5) % 11]
    return `${clicks},${pages},${clicks + (row % 3) > pages}`
  })
  await writeFile(join(folder, 'visits.csv'), ['clicks,pages,bought', ...rows].join('\n'))
  const spec = {
    name: system,
    objective: {
      statement: 'More visitors buy',
      owner: 'shop',
      metric: 'sales',
      unit: 'USD per 1000 visitors',
      direction: 'up',
      target: 0.1,
      by: '2030-12-31',
    },
    framing: { task: 'binary', target: 'bought', cost: { currency: 'USD', falseNegative: 10, falsePositive: 4 } },
    sources: { visits: { kind: 'csv', path: 'visits.csv' } },
    dataset: { sql: 'select clicks, pages, bought from visits', inputs: ['clicks', 'pages'] },
    candidates: [{ kind: 'majority' }],
    evaluation: { split: { kind: 'random', share: 0.3 }, gates: [{ kind: 'beats', what: 'majority' }] },
    release: { strategy: 'big-bang' },
  }
  await call(url, `PUT systems/${system}`, { spec, baseFolder: folder })
  let turn = await call(url, `POST systems/${system}/turns`, {})
  while (turn['state'] !== 'done') {
    if (turn['state'] === 'failed') throw new Error(JSON.stringify(turn['error']))
    await pause(50)
    turn = await call(url, `GET systems/${system}/turns/${String(turn['id'])}`)
  }
}

async function call(url: string, address: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
  const [method = '', path = ''] = address.split(' ')
  const answer = await fetch(`${url}/api/v1/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as Record<string, unknown>
}
