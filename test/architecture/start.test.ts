import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
let folder: string
let millrace: ChildProcessByStdio<null, Readable, null>
let outcome: readonly unknown[]
let loaded: readonly string[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-start-'))
  const list = join(folder, 'loaded')
  const hook = new URL('fixtures/loaded-modules.ts', import.meta.url).href
  const words = ['up', '--port', '0', '--store', join(folder, 'store')]
  millrace = spawn(
    process.execPath,
    ['--conditions=source', `--import=${hook}`, fileURLToPath(new URL('cli/main.ts', root)), ...words],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, LOADED_MODULES: list, MILLRACE_LOG: 'silent' } },
  )
  const ready = await fetch(`${await addressSaid(millrace.stdout)}/readyz`)
  const ended = once(millrace, 'exit')
  millrace.kill('SIGTERM')
  outcome = [ready.status, await ended]
  loaded = (await readFile(list, 'utf8')).split('\n')
})
afterAll(async () => {
  if (millrace.exitCode === null) {
    millrace.kill('SIGKILL')
    await once(millrace, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

async function addressSaid(input: Readable): Promise<string> {
  for await (const line of createInterface({ input })) {
    const [, url] = /^Millrace serves .* at (http:\S+)$/.exec(line) ?? []
    if (url !== undefined) return url
  }
  throw new Error('It ended before it served')
}

/** Modules under a folder of this tree, by their paths in it. */
const under = (path: string): readonly string[] => {
  const start = new URL(path, root).href
  return loaded.filter((url) => url.startsWith(start)).map((url) => url.slice(start.length))
}

test('millrace up is ready on an empty store, and ends when it is asked to', () => {
  expect(outcome).toEqual([200, [0, null]])
})

test.each(['model', 'ingress', 'quality', 'dataset', 'training', 'evaluation', 'monitoring', 'analysis', 'rehearsal'])(
  'millrace up is ready without %s, but for its migrations',
  (name) => {
    expect(under(`src/${name}/`).filter((path) => !/(^|\/)migrations?(\.ts|\/)/.test(path))).toEqual([])
  },
)

test.each(['@duckdb', '@fastify/swagger', '@grpc', 'onnxruntime-node', 'postgres', 'protobufjs'])(
  'millrace up is ready without the package %s',
  (name) => {
    expect(loaded.filter((url) => url.includes(`/node_modules/${name}/`))).toEqual([])
  },
)

test('millrace up loads no other command than its own, and the one whose turn it takes', () => {
  expect(under('cli/commands/')).toEqual(['up.ts', 'run.ts'])
  expect(under('src/')).toContain('app.ts')
})
