import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifactRoot, openArtifactCaller, type ArtifactCaller } from '../fixtures/artifact-caller.ts'
import { manyBytes, sent } from '../fixtures/raw-http.ts'

/** A machine may be busy. */
const patient = { timeout: 15_000 }
let caller: ArtifactCaller
beforeAll(async () => {
  caller = await openArtifactCaller()
})
afterAll(() => caller.close())

describe('openArtifactProtocols()', () => {
  test.each([
    ['text', '1/r/artifacts/f.txt', Buffer.from('größe'), 'text/plain', 'text/plain'],
    ['JSON, which nobody reads', '1/r/artifacts/d.json', Buffer.from('{'), 'application/json', 'text/plain'],
    ['a type that is none', '1/r/artifacts/plot.png', Buffer.from([0, 255, 1]), 'what/ever; x', 'image/png'],
    ['an empty file', '1/r/artifacts/empty', Buffer.alloc(0), 'application/octet-stream', 'application/octet-stream'],
    ['the file of a model', '1/models/m-1/artifacts/MLmodel', Buffer.from('flavors:'), 'text/plain', 'text/plain'],
  ])('gives back %s as it came, by the type of its name', async (_, path, body, type, wanted) => {
    expect(await caller.put(path, body, type)).toEqual({ status: 200 })
    const { status, headers, bytes } = await caller.ask('GET', `/${path}`)
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
    expect((await caller.ask('PUT', '/1/r/bare', { body: 'bare' })).status).toBe(200)
    expect((await caller.ask('PUT', '/1/r/chunks', { body: manyBytes(100_000) })).status).toBe(200)
    expect((await caller.ask('GET', '/1/r/chunks')).bytes).toHaveLength(100_000)
  })

  test('lists the names in a folder, sizes of files, and nothing for a file or where nothing is', async () => {
    for (const path of ['d.json', 'dir/f.txt', 'dir/deep/er/g.txt', 'dir.txt', 'dir0'])
      await caller.put(`2/r/artifacts/${path}`, 'hello')
    expect(await caller.list('2/r/artifacts')).toEqual({
      status: 200,
      files: [
        { path: 'd.json', is_dir: false, file_size: 5 },
        { path: 'dir', is_dir: true },
        { path: 'dir.txt', is_dir: false, file_size: 5 },
        { path: 'dir0', is_dir: false, file_size: 5 },
      ],
    })
    expect(await caller.list('2/r/artifacts/dir/')).toMatchObject({ files: [{ path: 'deep' }, { path: 'f.txt' }] })
    expect(await caller.list('2/r/artifacts/dir/deep')).toEqual({ status: 200, files: [{ path: 'er', is_dir: true }] })
    expect(await caller.list('2/r/artifacts/dir/f.txt')).toEqual({ status: 200 })
    expect(await caller.list('2/r/artifacts/nothing')).toEqual({ status: 200 })
    expect(await caller.list('')).toMatchObject({ files: expect.arrayContaining([{ path: '2', is_dir: true }]) })
  })

  test('speaks at the addresses of the pages of MLflow as well', async () => {
    const { status } = await caller.ask('PUT', '/ajax-api/2.0/mlflow-artifacts/artifacts/3/r/a.txt', { body: 'a' })
    expect([status, (await caller.ask('GET', '/3/r/a.txt')).bytes.toString()]).toEqual([200, 'a'])
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
      expect(await caller.put(`4/r/${encodeURIComponent(name)}`, name)).toEqual({ status: 200 })
      const { headers, bytes } = await caller.ask('GET', `/4/r/${encodeURIComponent(name)}`)
      expect(bytes.toString()).toBe(name)
      const said = /filename\*=UTF-8''(.+)$/.exec(headers['content-disposition'] ?? '')?.[1]
      expect(decodeURIComponent(said ?? '')).toBe(name)
      expect(await caller.list('4/r')).toMatchObject({
        files: expect.arrayContaining([expect.objectContaining({ path: name })]),
      })
    }
    const long = `${'long/'.repeat(400)}x`
    expect(await caller.put(`4/${long}`, 'x')).toEqual({ status: 200 })
    expect((await caller.ask('GET', `/4/${long}`)).bytes.toString()).toBe('x')
  })

  test('puts a file in the place of another, and stores equal files once', async () => {
    await caller.put('5/r/a', 'first')
    await caller.put('5/r/a', 'second')
    await Promise.all(['b', 'c', 'd'].map((name) => caller.put(`5/r/${name}`, 'second')))
    expect((await caller.ask('GET', '/5/r/a')).bytes.toString()).toBe('second')
    const digest = createHash('sha256').update('second').digest('hex')
    expect((await caller.blobs()).whole.filter((name) => name === digest)).toEqual([digest])
  })

  test('deletes a file, and the folders that are empty then, but no bytes that others have', async () => {
    for (const path of ['a/b/c', 'a/b2', 'a-b']) await caller.put(`6/r/${path}`, 'same')
    expect((await caller.ask('DELETE', '/6/r/a/b/c')).status).toBe(200)
    expect(await caller.list('6/r/a')).toEqual({ status: 200, files: [{ path: 'b2', is_dir: false, file_size: 4 }] })
    expect((await caller.ask('GET', '/6/r/a/b/c')).status).toBe(404)
    expect((await caller.ask('GET', '/6/r/a-b')).bytes.toString()).toBe('same')
    expect((await caller.ask('DELETE', '/6/r/a/b/c')).status).toBe(200)
    expect((await caller.ask('DELETE', '/6/r/a-b/below')).status).toBe(200)
    await caller.put('6/r/a/b/c', 'again')
    expect((await caller.ask('DELETE', '/6/r/a')).status).toBe(200)
    expect(await caller.list('6/r')).toMatchObject({ files: [{ path: 'a-b' }] })
    expect((await caller.ask('DELETE', '/6')).status).toBe(200)
    expect(await caller.list('6')).toEqual({ status: 200 })
  })

  test('lets no file stand where a folder is, nor below a file', async () => {
    await caller.put('7/r/dir/f', 'f')
    expect(await caller.put('7/r/dir', 'x')).toMatchObject({
      status: 400,
      message: expect.stringContaining('a folder is there'),
    })
    expect(await caller.put('7/r/dir/f/g', 'x')).toMatchObject({
      status: 400,
      message: expect.stringContaining("'7/r/dir/f' is a file"),
    })
    expect(await caller.list('7/r/dir')).toMatchObject({ files: [{ path: 'f', is_dir: false, file_size: 1 }] })
  })

  test('refuses pages of other sites and callers by another name, in the words of MLflow', async () => {
    for (const headers of [{ origin: 'http://evil.example' }, { host: 'evil.example' }]) {
      const { status, bytes } = await caller.ask('GET', '/1/r/artifacts/f.txt', { headers })
      expect([status, JSON.parse(bytes.toString())]).toMatchObject([403, { error_code: 'PERMISSION_DENIED' }])
    }
  })

  test('an upload that breaks off leaves nothing', async () => {
    const before = await caller.blobs()
    for (const head of ['Content-Length: 100000', 'Transfer-Encoding: chunked']) {
      const client = connect(caller.port, '127.0.0.1')
      client.write(`PUT ${artifactRoot}/10/r/half HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n5\r\nhello\r\n`)
      await expect.poll(async () => (await caller.blobs()).inTheMaking, patient).toHaveLength(1)
      client.resetAndDestroy()
      await expect.poll(() => caller.blobs(), patient).toEqual(before)
    }
    expect((await caller.ask('GET', '/10/r/half')).status).toBe(404)
    expect(await caller.list('10/r')).toEqual({ status: 200 })
  })

  test('a caller that goes away within a download harms nobody', async () => {
    await caller.put('11/r/large', manyBytes(8_000_000))
    for (let times = 0; times < 3; times++) {
      const answer = await sent({ port: caller.port, method: 'GET', target: `${artifactRoot}/11/r/large` })
      answer.destroy()
    }
    expect((await caller.ask('GET', '/11/r/large')).bytes).toHaveLength(8_000_000)
  })
})

describe('an upload', () => {
  test('may take longer than other requests, but not stand still for as long', async () => {
    const slow = await openArtifactCaller({ requestTimeoutMs: 1000 })
    const begin = (target: string) => {
      const client = connect(slow.port, '127.0.0.1')
      let text = ''
      client.on('data', (part: Buffer) => (text += part.toString()))
      client.write(`PUT ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n`)
      return { client, said: () => text }
    }
    try {
      const lasting = begin(`${artifactRoot}/1/r/slow`)
      const refused = begin('/api/2.0/mlflow/runs/search')
      for (let sent = 0; sent < 20; sent++) {
        lasting.client.write('x')
        if (!refused.client.destroyed) refused.client.write('x')
        await wait(110)
      }
      await expect.poll(lasting.said, patient).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(refused.said()).toMatch(/^HTTP\/1\.1 408 /)
      const still = begin(`${artifactRoot}/1/r/still`)
      await expect.poll(() => still.client.closed, patient).toBe(true)
      expect((await slow.ask('GET', '/1/r/still')).status).toBe(404)
      lasting.client.destroy()
    } finally {
      await slow.close()
    }
  })
})
