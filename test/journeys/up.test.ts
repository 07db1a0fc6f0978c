import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lateParcels, openTinyLoop, type TinyLoop } from '../../src/loop/fixtures/tiny-loop.ts'
import { send } from '../faults/fixtures/infer.ts'

const program = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
let loop: TinyLoop
let millrace: ChildProcess | undefined
beforeAll(async () => {
  loop = await openTinyLoop(20)
  await loop.writeParcels(20)
  await writeFile(join(loop.folder, 'parcels.system.json'), JSON.stringify(lateParcels()))
})
afterAll(async () => {
  if (millrace?.exitCode === null) {
    millrace.kill('SIGKILL')
    await once(millrace, 'exit')
  }
  await loop.close()
})

/** Starts `millrace up` with a file, and ends with the address that it says it serves at. */
async function started(): Promise<string> {
  const store = join(loop.folder, 'store')
  const words = ['up', join(loop.folder, 'parcels.system.json'), '--port', '0', '--store', store]
  millrace = spawn(process.execPath, ['--conditions=source', program, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MILLRACE_SERVING_PROCESSES: '1', MILLRACE_LOG: 'silent' },
  })
  const said: string[] = []
  for await (const line of createInterface({ input: millrace.stdout as NodeJS.ReadableStream })) {
    said.push(line)
    const [, url] = /^Millrace serves .* at (http:\S+)$/.exec(line) ?? []
    if (url !== undefined) return url
  }
  throw new Error(`It ended before it served:\n${said.join('\n')}`)
}

test('millrace up with a file says that it serves once the process does that answers, and ends when it is asked to', async () => {
  const url = await started()
  const body = { parcel: 1, sent: '2001-01-21T00:00:00', way: 'ship', weight: 3 }
  const path = '/api/v1/systems/parcels/predict'
  const answers = await Promise.all(Array.from({ length: 12 }, () => send(`${url}${path}`, { body })))
  expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200))
  // The control process would answer too, and would have opened the model for it.
  const { text } = await send(`${url}/metrics`)
  const open = text.matchAll(/^millrace_serving_open_models\{process="(\d)"\} (\d+)$/gm)
  expect(Array.from(open, ([, place, count]) => [place, count])).toEqual([
    ['0', '0'],
    ['1', '1'],
  ])
  millrace?.kill('SIGTERM')
  const [code] = (await once(millrace as ChildProcess, 'exit')) as [number]
  expect(code).toBe(0)
})
