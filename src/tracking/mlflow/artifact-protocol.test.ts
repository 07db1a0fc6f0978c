import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openArtifactServer, type ArtifactServer } from '../fixtures/artifact-server.ts'
import { asked, manyBytes, sent } from '../fixtures/raw-http.ts'
import { logArtifact, startRun } from '../index.ts'

let folder: string
let server: ArtifactServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artifacts-'))
  server = await openArtifactServer(folder)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const root = '/api/2.0/mlflow-artifacts/artifacts'
type Headers = Readonly<Record<string, string>>
const ask = (
  method: string,
  target: string,
  options: { readonly headers?: Headers; readonly body?: string | Buffer | Readable } = {},
) =>
  asked({
    port: server.port,
    method,
    target: target.startsWith('/api') || target.startsWith('/ajax') ? target : `${root}${target}`,
    ...options,
  })
const put = async (path: string, body: string | Buffer | Readable, type = 'text/plain') => {
  const { status, bytes } = await ask('PUT', `/${path}`, { body, headers: { 'content-type': type } })
  return { status, ...(JSON.parse(bytes.toString()) as object) }
}
const list = async (path: string) => {
  const { status, bytes } = await ask('GET', `?path=${encodeURIComponent(path)}`)
  return { status, ...(JSON.parse(bytes.toString()) as object) }
}
/** Digests of the blobs that are whole, and the files in the making. */
const blobs = async (): Promise<{ whole: string[]; inTheMaking: string[] }> => {
  const files = (await readdir(join(folder, 'blobs'), { recursive: true })).map((path) => path.split('/'))
  return {
    whole: files.filter(([shard, name]) => shard !== 'scratch' && name !== undefined).map(([, name]) => name as string),
    inTheMaking: files
      .filter(([shard, name]) => shard === 'scratch' && name !== undefined)
      .map(([, name]) => name as string),
  }
}

describe('artifactProtocol()', () => {
  test.each([
    ['text', '1/r/artifacts/f.txt', Buffer.from('größe'), 'text/plain', 'text/plain'],
    ['JSON, which nobody reads', '1/r/artifacts/d.json', Buffer.from('{'), 'application/json', 'text/plain'],
    ['a type that is none', '1/r/artifacts/plot.png', Buffer.from([0, 255, 1]), 'what/ever; x', 'image/png'],
    ['an empty file', '1/r/artifacts/empty', Buffer.alloc(0), 'application/octet-stream', 'application/octet-stream'],
    ['the file of a model', '1/models/m-1/artifacts/MLmodel', Buffer.from('flavors:'), 'text/plain', 'text/plain'],
  ])('gives back %s as it came, by the type of its name', async (_, path, body, type, wanted) => {
    expect(await put(path, body, type)).toEqual({ status: 200 })
    const { status, headers, bytes } = await ask('GET', `/${path}`)
    expect([status, bytes]).toEqual([200, body])
    expect(headers).toMatchObject({
      'content-type': wanted,
      'content-length': String(body.length),
      'content-disposition': expect.stringMatching(/^attachment; filename="/),
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      etag: `"${createHash('sha256').update(body).digest('hex')}"`,
    })
  })

  test('takes a body without a type, and one in chunks', async () => {
    expect((await ask('PUT', '/1/r/bare', { body: 'bare' })).status).toBe(200)
    expect((await ask('PUT', '/1/r/chunks', { body: manyBytes(100_000) })).status).toBe(200)
    expect((await ask('GET', '/1/r/chunks')).bytes).toHaveLength(100_000)
  })

  test('lists the names in a folder, sizes of files, and nothing for a file or where nothing is', async () => {
    for (const path of ['d.json', 'dir/f.txt', 'dir/deep/er/g.txt', 'dir.txt', 'dir0'])
      await put(`2/r/artifacts/${path}`, 'hello')
    expect(await list('2/r/artifacts')).toEqual({
      status: 200,
      files: [
        { path: 'd.json', is_dir: false, file_size: 5 },
        { path: 'dir', is_dir: true },
        { path: 'dir.txt', is_dir: false, file_size: 5 },
        { path: 'dir0', is_dir: false, file_size: 5 },
      ],
    })
    expect(await list('2/r/artifacts/dir/')).toMatchObject({ files: [{ path: 'deep' }, { path: 'f.txt' }] })
    expect(await list('2/r/artifacts/dir/deep')).toEqual({ status: 200, files: [{ path: 'er', is_dir: true }] })
    expect(await list('2/r/artifacts/dir/f.txt')).toEqual({ status: 200 })
    expect(await list('2/r/artifacts/nothing')).toEqual({ status: 200 })
    expect(await list('')).toMatchObject({ files: expect.arrayContaining([{ path: '2', is_dir: true }]) })
  })

  test('speaks at the addresses of the pages of MLflow as well', async () => {
    const { status } = await ask('PUT', '/ajax-api/2.0/mlflow-artifacts/artifacts/3/r/a.txt', { body: 'a' })
    expect([status, (await ask('GET', '/3/r/a.txt')).bytes.toString()]).toEqual([200, 'a'])
  })

  test('keeps names of any language, and signs that have a meaning in addresses', async () => {
    for (const name of [
      'größe und maß.txt',
      '日本.txt',
      '100%.txt',
      'a+b&c=d?.txt',
      'it\'s (1) "x"; y.txt',
      'a%20b#c',
    ]) {
      expect(await put(`4/r/${encodeURIComponent(name)}`, name)).toEqual({ status: 200 })
      const { headers, bytes } = await ask('GET', `/4/r/${encodeURIComponent(name)}`)
      expect(bytes.toString()).toBe(name)
      const said = /filename\*=UTF-8''(.+)$/.exec(headers['content-disposition'] ?? '')?.[1]
      expect(decodeURIComponent(said ?? '')).toBe(name)
      expect(await list('4/r')).toMatchObject({
        files: expect.arrayContaining([expect.objectContaining({ path: name })]),
      })
    }
    const long = `${'long/'.repeat(400)}x`
    expect(await put(`4/${long}`, 'x')).toEqual({ status: 200 })
    expect((await ask('GET', `/4/${long}`)).bytes.toString()).toBe('x')
  })

  test('puts a file in the place of another, and stores equal files once', async () => {
    await put('5/r/a', 'first')
    await put('5/r/a', 'second')
    await Promise.all(['b', 'c', 'd'].map((name) => put(`5/r/${name}`, 'second')))
    expect((await ask('GET', '/5/r/a')).bytes.toString()).toBe('second')
    const digest = createHash('sha256').update('second').digest('hex')
    expect((await blobs()).whole.filter((name) => name === digest)).toEqual([digest])
  })

  test('deletes a file, and the folders that are empty then, but no bytes that others have', async () => {
    for (const path of ['a/b/c', 'a/b2', 'a-b']) await put(`6/r/${path}`, 'same')
    expect((await ask('DELETE', '/6/r/a/b/c')).status).toBe(200)
    expect(await list('6/r/a')).toEqual({ status: 200, files: [{ path: 'b2', is_dir: false, file_size: 4 }] })
    expect((await ask('GET', '/6/r/a/b/c')).status).toBe(404)
    expect((await ask('GET', '/6/r/a-b')).bytes.toString()).toBe('same')
    expect((await ask('DELETE', '/6/r/a/b/c')).status).toBe(200)
    expect((await ask('DELETE', '/6/r/a-b/below')).status).toBe(200)
    await put('6/r/a/b/c', 'again')
    expect((await ask('DELETE', '/6/r/a')).status).toBe(200)
    expect(await list('6/r')).toMatchObject({ files: [{ path: 'a-b' }] })
    expect((await ask('DELETE', '/6')).status).toBe(200)
    expect(await list('6')).toEqual({ status: 200 })
  })

  test('lets no file stand where a folder is, nor below a file', async () => {
    await put('7/r/dir/f', 'f')
    expect(await put('7/r/dir', 'x')).toMatchObject({
      status: 400,
      message: expect.stringContaining('a folder is there'),
    })
    expect(await put('7/r/dir/f/g', 'x')).toMatchObject({
      status: 400,
      message: expect.stringContaining("'7/r/dir/f' is a file"),
    })
    expect(await list('7/r/dir')).toMatchObject({ files: [{ path: 'f', is_dir: false, file_size: 1 }] })
  })

  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
    ['bytes=9-9', 206, '9', 'bytes 9-9/10'],
    ['bytes=10-', 416, '{}', 'bytes */10'],
    ['bytes=-0', 416, '{}', 'bytes */10'],
    ['bytes=5-2', 200, '0123456789', undefined],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['lines=0-1', 200, '0123456789', undefined],
  ])('answers the range %s with %i', async (range, status, body, contentRange) => {
    await put('8/r/digits', '0123456789')
    const answer = await ask('GET', '/8/r/digits', { headers: { range } })
    expect([answer.status, answer.bytes.toString(), answer.headers['content-range']]).toEqual([
      status,
      body,
      contentRange,
    ])
    expect(answer.headers['content-length']).toBe(String(body.length))
  })

  test('answers all to whoever has a part of other bytes, and nothing to whoever has them all', async () => {
    await put('8/r/tagged', '0123456789')
    const { headers } = await ask('GET', '/8/r/tagged')
    const etag = headers.etag as string
    const range = 'bytes=0-1'
    expect((await ask('GET', '/8/r/tagged', { headers: { range, 'if-range': etag } })).status).toBe(206)
    expect((await ask('GET', '/8/r/tagged', { headers: { range, 'if-range': '"other"' } })).status).toBe(200)
    expect((await ask('GET', '/8/r/tagged', { headers: { 'if-none-match': `"x", ${etag}` } })).status).toBe(304)
    const head = await ask('HEAD', '/8/r/tagged')
    expect([head.status, head.headers['content-length'], head.bytes.length]).toEqual([200, '10', 0])
  })

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
    const before = await blobs()
    for (const method of ['PUT', 'GET', 'DELETE']) {
      const { status, bytes } = await ask(method, path, method === 'PUT' ? { body: 'trick' } : {})
      expect([method, status, JSON.parse(bytes.toString())]).toEqual([
        method,
        400,
        { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' },
      ])
    }
    expect(await blobs()).toEqual(before)
  })

  test.each(['../x', '1/../../x', '/etc', '%2e%2e/x', '1//x', '1\\x', '1/\0'])('refuses to list %j', async (path) => {
    expect(await list(path)).toEqual({ status: 400, error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' })
  })

  test.each([
    ['a file that is not', 'GET', '/9/r/nothing', 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['a folder as a file', 'GET', '/2/r/artifacts/dir', 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['an address that is not', 'POST', '/1/r/x', 404, 'ENDPOINT_NOT_FOUND'],
    ['another address that is not', 'GET', '/api/2.0/mlflow-artifacts/presigned/1/r/x', 404, 'ENDPOINT_NOT_FOUND'],
  ])('says that there is no %s', async (_, method, path, status, code) => {
    const answer = await ask(method, path)
    expect([answer.status, JSON.parse(answer.bytes.toString())]).toMatchObject([status, { error_code: code }])
  })

  test.each(['create', 'complete', 'abort'])(
    'tells clients that %s an upload in parts to send the whole',
    async (step) => {
      const { status, bytes } = await ask('POST', `/api/2.0/mlflow-artifacts/mpu/${step}/1/r/x`, {
        body: '{"num_parts":3}',
        headers: { 'content-type': 'application/json' },
      })
      expect([status, JSON.parse(bytes.toString())]).toEqual([
        501,
        {
          error_code: 'NOT_IMPLEMENTED',
          message: 'Multipart upload is not supported for the current artifact repository',
        },
      ])
    },
  )

  test('refuses pages of other sites and callers by another name, in the words of MLflow', async () => {
    for (const headers of [{ origin: 'http://evil.example' }, { host: 'evil.example' }]) {
      const { status, bytes } = await ask('GET', '/1/r/artifacts/f.txt', { headers })
      expect([status, JSON.parse(bytes.toString())]).toMatchObject([403, { error_code: 'PERMISSION_DENIED' }])
    }
  })

  test('an upload that breaks off leaves nothing', async () => {
    const before = await blobs()
    for (const head of ['Content-Length: 100000', 'Transfer-Encoding: chunked']) {
      const client = connect(server.port, '127.0.0.1')
      client.write(`PUT ${root}/10/r/half HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n5\r\nhello\r\n`)
      await expect.poll(async () => (await blobs()).inTheMaking).toHaveLength(1)
      client.resetAndDestroy()
      await expect.poll(blobs).toEqual(before)
    }
    expect((await ask('GET', '/10/r/half')).status).toBe(404)
    expect(await list('10/r')).toEqual({ status: 200 })
  })

  test('a caller that goes away within a download harms nobody', async () => {
    await put('11/r/large', manyBytes(8_000_000))
    for (let times = 0; times < 3; times++) {
      const answer = await sent({ port: server.port, method: 'GET', target: `${root}/11/r/large` })
      answer.destroy()
    }
    expect((await ask('GET', '/11/r/large')).bytes).toHaveLength(8_000_000)
  })
})

describe('an upload', () => {
  test('may take longer than other requests, but not stand still for as long', async () => {
    const own = await mkdtemp(join(tmpdir(), 'artifacts-'))
    const slow = await openArtifactServer(own, { requestTimeoutMs: 400 })
    const begin = (target: string) => {
      const client = connect(slow.port, '127.0.0.1')
      let text = ''
      client.on('data', (part: Buffer) => (text += part.toString()))
      client.write(`PUT ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n`)
      return { client, said: () => text }
    }
    try {
      const lasting = begin(`${root}/1/r/slow`)
      const refused = begin('/api/2.0/mlflow/runs/search')
      for (let sent = 0; sent < 20; sent++) {
        lasting.client.write('x')
        if (!refused.client.destroyed) refused.client.write('x')
        await wait(90)
      }
      await expect.poll(lasting.said).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(refused.said()).toMatch(/^HTTP\/1\.1 408 /)
      const still = begin(`${root}/1/r/still`)
      await expect.poll(() => still.client.closed, { timeout: 5000 }).toBe(true)
      expect((await asked({ port: slow.port, method: 'GET', target: `${root}/1/r/still` })).status).toBe(404)
      lasting.client.destroy()
    } finally {
      await slow.close()
      await rm(own, { recursive: true })
    }
  })
})

describe('artifacts of runs', () => {
  const start = {
    system: 'flight-delay',
    name: 'small trees',
    kind: 'boosted-trees',
    key: 'train/1',
    systemHash: 'a'.repeat(64),
    dataHash: 'b'.repeat(64),
    commit: null,
    dirty: false,
    seed: 7,
    params: {},
  }
  const api = async (address: string) => {
    const { status, bytes } = await ask('GET', `/api/2.0/mlflow/artifacts/list${address}`)
    return { status, ...(JSON.parse(bytes.toString()) as object) }
  }

  test('are listed with paths from the run on', async () => {
    const made = await ask('POST', '/api/2.0/mlflow/runs/create', {
      body: '{"experiment_id":"0"}',
      headers: { 'content-type': 'application/json' },
    })
    const { run } = JSON.parse(made.bytes.toString()) as { run: { info: { run_id: string; artifact_uri: string } } }
    const { run_id: id, artifact_uri: root_uri } = run.info
    expect(await api(`?run_id=${id}`)).toEqual({ status: 200, root_uri })
    await put(`0/${id}/artifacts/dir/f.txt`, 'hello')
    expect(await api(`?run_id=${id}`)).toEqual({ status: 200, root_uri, files: [{ path: 'dir', is_dir: true }] })
    expect(await api(`?run_id=${id}&path=dir`)).toEqual({
      status: 200,
      root_uri,
      files: [{ path: 'dir/f.txt', is_dir: false, file_size: 5 }],
    })
    expect(await api(`?run_id=${id}&path=../x`)).toMatchObject({ status: 400, message: 'Invalid path' })
    expect(await api(`?run_id=nope`)).toMatchObject({ status: 404, message: 'Run with id=nope not found' })
  })

  test('that a system made are seen beside what clients put there, and only the system changes them', async () => {
    const { workspace } = server
    const run = await startRun(workspace, start)
    const at = `${run.experiment}/${run.id}/artifacts`
    for (const path of ['model.onnx', 'plots/a.png'])
      await logArtifact(workspace, { runId: run.id, path, digest: await workspace.blobs.put(`bytes of ${path}`) })
    await put(`${at}/plots/b.png`, 'b')
    expect(await list(at)).toMatchObject({
      files: [
        { path: 'model.onnx', is_dir: false, file_size: 19 },
        { path: 'plots', is_dir: true },
      ],
    })
    expect(await list(`${at}/plots`)).toMatchObject({ files: [{ path: 'a.png' }, { path: 'b.png' }] })
    expect(await api(`?run_id=${run.id}&path=plots`)).toMatchObject({
      files: [{ path: 'plots/a.png' }, { path: 'plots/b.png' }],
    })
    expect((await ask('GET', `/${at}/model.onnx`)).bytes.toString()).toBe('bytes of model.onnx')
    expect((await ask('GET', `/99/${run.id}/artifacts/model.onnx`)).status).toBe(404)
    for (const path of ['model.onnx', 'plots', 'model.onnx/x'])
      expect(await put(`${at}/${path}`, 'mine')).toMatchObject({ status: 400 })
    for (const path of [`${at}/model.onnx`, `${at}/plots`, at])
      expect((await ask('DELETE', `/${path}`)).status).toBe(400)
    expect((await ask('DELETE', `/${at}/plots/b.png`)).status).toBe(200)
    expect(await list(`${at}/plots`)).toMatchObject({ files: [{ path: 'a.png' }] })
  })
})
