import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openArtifactCaller, type ArtifactCaller } from '../fixtures/artifact-caller.ts'

let caller: ArtifactCaller
beforeAll(async () => {
  caller = await openArtifactCaller()
})
afterAll(() => caller.close())

describe('openArtifactProtocols()', () => {
  test.each([
    ['a step up', '/1/../2'],
    ['a step up at the end', '/1/..'],
    ['an encoded step up', '/1/%2e%2e/2'],
    ['a doubly encoded step up', '/1/%252e%252e/2'],
    ['a thrice encoded step up', '/1/%25252e%25252E/2'],
    ['an encoded slash before a step up', '/1/x%2f..%2fy'],
    ['a step nowhere', '/1/./x'],
    ['an absolute path', '//etc/passwd'],
    ['an encoded absolute path', '/%2fetc/passwd'],
    ['a drive', '/C:/x'],
    ['a backslash', '/1/a%5cb'],
    ['a doubly encoded backslash', '/1/a%255c..'],
    ['a NUL', '/1/a%00b'],
    ['a doubly encoded NUL', '/1/a%2500b'],
    ['a line break', '/1/a%0d%0ax'],
    ['an empty part', '/1//x'],
    ['a slash at the end', '/1/x/'],
    ['no path', '/'],
    ['what is no encoding', '/1/%ff'],
    ['what is no text', '/1/%ed%a0%80'],
    ['a path without end', `/${'x'.repeat(5000)}`],
  ])('refuses %s, whatever is to be done there', async (_, path) => {
    const before = await caller.blobs()
    for (const method of ['PUT', 'GET', 'DELETE']) {
      const { status, bytes } = await caller.ask(method, path, method === 'PUT' ? { body: 'trick' } : {})
      expect([method, status, JSON.parse(bytes.toString())]).toEqual([
        method,
        400,
        { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' },
      ])
    }
    expect(await caller.blobs()).toEqual(before)
  })

  test.each(['../x', '1/../../x', '/etc', '%2e%2e/x', '1//x', '1\\x', '1/\0'])('refuses to list %j', async (path) => {
    expect(await caller.list(path)).toEqual({
      status: 400,
      error_code: 'INVALID_PARAMETER_VALUE',
      message: 'Invalid path',
    })
  })

  test.each([
    ['a file that is not', 'GET', '/9/r/nothing', 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['a folder as a file', 'GET', '/2/r/dir', 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['an address that is not', 'POST', '/1/r/x', 404, 'ENDPOINT_NOT_FOUND'],
    ['another address that is not', 'GET', '/api/2.0/mlflow-artifacts/presigned/1/r/x', 404, 'ENDPOINT_NOT_FOUND'],
  ])('says that there is no %s', async (_, method, path, status, code) => {
    await caller.put('2/r/dir/f', 'f')
    const answer = await caller.ask(method, path)
    expect([answer.status, JSON.parse(answer.bytes.toString())]).toMatchObject([status, { error_code: code }])
  })
})
