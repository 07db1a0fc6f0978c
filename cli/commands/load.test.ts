import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApp, type App } from '#app'
import { GraphBuilder } from '#model'
import { readConfig } from '#platform'
import { addressFile } from '../connect.ts'
import { ranCommand } from '../fixtures/command-line.ts'

let folder: string
let app: App
let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-load-'))
  await writeFile(at('twice.onnx'), twice())
  await writeFile(at('broken.onnx'), twice().subarray(0, 40))
  const config = { ...readConfig({}), MILLRACE_LOG: 'silent' as const, MILLRACE_BODY_LIMIT_MB: 1 }
  app = await openApp({ folder: at('store'), config, worker: false })
  ;({ url } = await app.listen({ host: '127.0.0.1', port: 0 }))
  await writeFile(join(at('store'), addressFile), JSON.stringify({ url }))
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const at = (file: string): string => join(folder, file)

/** `y` = `it's` + `it's`, rows of two. */
function twice(): Uint8Array {
  const graph = new GraphBuilder('twice')
  const x = graph.input("it's", 'float', ['N', 2])
  graph.node('Add', [x, x], { as: 'y' })
  graph.output('y', 'float', ['N', 2])
  return graph.build({})
}

const run = (words: readonly string[], store = 'store') => ranCommand(words, at(store))

test('millrace load serves an ONNX file and prints a line that asks it, one version after the other', async () => {
  const first = await run(['load', 'twice', at('twice.onnx')])
  expect(first).toMatchObject({ code: 0, err: '' })
  expect(first.out).toContain("twice serves as version 1\n\n  takes  it's FP32 [-1, 2]\n  gives  y FP32 [-1, 2]\n")
  const body = '{"inputs":[{"name":"it\'s","datatype":"FP32","shape":[1,2],"data":[0,0]}]}'
  expect(first.out).toContain(`curl -s ${url}/v2/models/twice/infer -d '${body.replace("'", String.raw`'\''`)}'`)
  const answer = await fetch(`${url}/v2/models/twice/infer`, { method: 'POST', body })
  expect(await answer.json()).toMatchObject({
    model_version: '1',
    outputs: [{ name: 'y', shape: [1, 2], data: [0, 0] }],
  })

  expect(JSON.parse((await run(['load', 'twice', at('twice.onnx'), '--json'])).out)).toMatchObject({
    url,
    version: 2,
    name: 'twice',
    versions: ['1', '2'],
    inputs: [{ name: "it's", datatype: 'FP32', shape: [-1, 2] }],
  })
  expect((await run(['load', 'twice', at('twice.onnx'), '--version', '1'])).out).toContain(
    '/v2/models/twice/versions/1/infer',
  )
})

test.each([
  ['a file that is not there', ['gone', 'gone.onnx'], 'cli/unreadableFile', /gone\.onnx/],
  [
    'a file that is no model',
    ['broken', 'broken.onnx'],
    'cli/notLoaded',
    /Protobuf[^]*\n {2}Mend what the message says/,
  ],
  ['a name that is none', ['a/b', 'twice.onnx'], 'cli/notLoaded', /'a\/b'.*letters, digits/],
  ['version 0', ['twice', 'twice.onnx', '--version', '0'], 'cli/notLoaded', /whole number from 1 up/],
  [
    'more than the server takes',
    ['large', 'large.onnx'],
    'cli/notLoaded',
    /larger than 1 MB[^]*\n {2}Start the server with a larger/,
  ],
])('millrace load refuses %s', async (_, [name, file, ...options], failure, says) => {
  await writeFile(at('large.onnx'), Buffer.alloc(1_048_576))
  const { code, out, err } = await run(['load', name as string, at(file as string), ...options])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(says)
  expect(err).toContain(`code: ${failure}`)
})

test('millrace load without a server says how to start one', async () => {
  const { code, err } = await run(['load', 'twice', at('twice.onnx')], 'other')
  expect(code).toBe(1)
  expect(err).toMatch(/no server has .*other' open\n {2}Start one: 'millrace up'\n {2}code: cli\/noServer/)
})
