import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { virtualClock } from '#platform'
import { openUploads } from '../artifacts/uploads.ts'
import { openArtifactCaller, said, type ArtifactCaller, type Said } from '../fixtures/artifact-caller.ts'

let caller: ArtifactCaller
beforeAll(async () => {
  caller = await openArtifactCaller()
})
afterAll(() => caller.close())

const ask = async (step: string, folder: string, fields: object): Promise<Said> =>
  said(
    await caller.ask('POST', `/api/2.0/mlflow-artifacts/mpu/${step}/${folder}`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    }),
  )

interface Begun {
  readonly id: string
  /** Addresses that parts are sent to, as they stand in a request line. */
  readonly targets: readonly string[]
}

async function begun(folder: string, name: string, count: number): Promise<Begun> {
  const answer = await ask('create', folder, { path: `/home/ana/${name}`, num_parts: count })
  expect(answer.status).toBe(200)
  const credentials = answer['credentials'] as { url: string; part_number: number; headers: object }[]
  expect(credentials.map(({ part_number, headers }) => [part_number, headers])).toEqual(
    Array.from({ length: count }, (_, place) => [place + 1, {}]),
  )
  const targets = credentials.map(({ url }) => {
    expect(url.startsWith(`http://127.0.0.1:${caller.port}/`)).toBe(true)
    return new URL(url).pathname
  })
  return { id: answer['upload_id'] as string, targets }
}

/** Sends a part, from another machine as it were: nothing but its address says that it may come. */
async function send(target: string, body: string): Promise<string> {
  const { status, headers } = await caller.ask('PUT', target, { body, headers: { 'x-forwarded-for': '203.0.113.7' } })
  expect(status).toBe(200)
  return headers.etag as string
}

const named = (etags: readonly string[]) => etags.map((etag, place) => ({ part_number: place + 1, etag, url: 'x' }))
const spooled = (): Promise<string[]> => readdir(join(caller.workspace.folder, 'uploads')).catch(() => [])

describe('an upload in parts', () => {
  test('becomes one artifact of the parts in their order, whichever came first or twice', async () => {
    const { id, targets } = await begun('1/r/artifacts/dir', 'model.bin', 3)
    const third = await send(targets[2] as string, 'end')
    await send(targets[0] as string, 'not this, ')
    const [first, second] = [await send(targets[0] as string, 'begin, '), await send(targets[1] as string, 'middle, ')]
    expect(third).toBe(`"${createHash('sha256').update('end').digest('hex')}"`)
    expect((await caller.ask('GET', '/1/r/artifacts/dir/model.bin')).status).toBe(404)
    const fields = { path: '/home/ana/model.bin', upload_id: id, parts: named([first, second, third]) }
    expect(await ask('complete', '1/r/artifacts/dir', fields)).toEqual({ status: 200 })
    const { bytes } = await caller.ask('GET', '/1/r/artifacts/dir/model.bin')
    expect(bytes.toString()).toBe('begin, middle, end')
    expect(await spooled()).toEqual([])
    // Whoever lost the answer asks again, or gives up.
    expect(await ask('complete', '1/r/artifacts/dir', fields)).toEqual({ status: 200 })
    expect(await ask('abort', '1/r/artifacts/dir', fields)).toEqual({ status: 200 })
    expect((await caller.ask('GET', '/1/r/artifacts/dir/model.bin')).status).toBe(200)
  })

  test('is completed once by callers who ask at the same time', async () => {
    const { id, targets } = await begun('1/r', 'together.bin', 1)
    const fields = { path: 'together.bin', upload_id: id, parts: named([await send(targets[0] as string, 'x')]) }
    const answers = await Promise.all([1, 2, 3].map(() => ask('complete', '1/r', fields)))
    expect(answers).toEqual([{ status: 200 }, { status: 200 }, { status: 200 }])
    expect(await spooled()).toEqual([])
  })

  test('leaves nothing where it is aborted, and takes no part any more', async () => {
    const { id, targets } = await begun('1/r', 'aborted.bin', 2)
    await send(targets[0] as string, 'x')
    expect(await spooled()).toHaveLength(1)
    for (let times = 0; times < 2; times++)
      expect(await ask('abort', '1/r', { path: 'aborted.bin', upload_id: id })).toEqual({ status: 200 })
    expect(await spooled()).toEqual([])
    expect(said(await caller.ask('PUT', targets[1] as string, { body: 'y' }))).toMatchObject({
      status: 404,
      error_code: 'RESOURCE_DOES_NOT_EXIST',
    })
    expect(await spooled()).toEqual([])
  })

  test.each([
    ['without a part that has not come', ['a', undefined], [1, 2], 'part 2 of 2 has not come'],
    ['with too few parts named', ['a', 'b'], [1], 'name its 2 parts'],
    ['with parts in another order', ['a', 'b'], [2, 1], 'in their order'],
    ['with a part that is another', ['a', 'b'], [1, 0], 'part 2 is not the one'],
  ])('is not completed %s, and can be later', async (_, contents, numbers, why) => {
    const name = `later-${numbers.join('-')}-${contents.length}.bin`
    const { id, targets } = await begun('1/r', name, 2)
    const etags = ['', '']
    for (const [place, content] of contents.entries())
      if (content !== undefined) etags[place] = await send(targets[place] as string, content)
    const parts = numbers.map((number, place) => ({
      part_number: number === 0 ? place + 1 : number,
      etag: etags[number - 1] || '"0"',
    }))
    const refused = await ask('complete', '1/r', { path: name, upload_id: id, parts })
    expect(refused).toMatchObject({ status: 400, error_code: 'INVALID_PARAMETER_VALUE' })
    expect(refused['message']).toContain(why)
    for (const place of [0, 1]) etags[place] = await send(targets[place] as string, 'ab'[place] as string)
    expect(await ask('complete', '1/r', { path: name, upload_id: id, parts: named(etags) })).toEqual({ status: 200 })
  })

  test.each([
    ['no name', '1/r', { num_parts: 1 }, "required parameter 'path'"],
    ['a name that is a folder', '1/r', { path: 'a/', num_parts: 1 }, "required parameter 'path'"],
    ['a name that leads elsewhere', '1/r', { path: 'a/..', num_parts: 1 }, 'Invalid path'],
    ['a folder that leads elsewhere', '1/%2e%2e/r', { path: 'a', num_parts: 1 }, 'Invalid path'],
    ['no parts', '1/r', { path: 'a', num_parts: 0 }, '1 to 10000'],
    ['too many parts', '1/r', { path: 'a', num_parts: 10_001 }, '1 to 10000'],
    ['half a part', '1/r', { path: 'a', num_parts: 0.5 }, "parameter 'num_parts'"],
  ])('is not begun with %s', async (_, folder, fields, why) => {
    const answer = await ask('create', folder, fields)
    expect(answer).toMatchObject({ status: 400, error_code: 'INVALID_PARAMETER_VALUE' })
    expect(answer['message']).toContain(why)
  })

  test('is known by nothing but its whole id, at the path that it was begun for', async () => {
    const { id, targets } = await begun('1/r', 'guessed.bin', 1)
    const target = targets[0] as string
    for (const [method, other, status] of [
      ['PUT', target.replace(id, `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`), 404],
      ['PUT', target.replace(id, 'x%2f..%2fy'), 404],
      ['PUT', target.replace(/\d+$/, '2'), 400],
      ['PUT', target.replace(/\d+$/, '0'), 400],
      ['GET', target, 404],
    ] as const)
      expect([other, (await caller.ask(method, other, { body: method === 'PUT' ? 'x' : '' })).status]).toEqual([
        other,
        status,
      ])
    const etag = await send(target, 'x')
    for (const [folder, path] of [
      ['1/r', 'other.bin'],
      ['1', 'guessed.bin'],
    ] as const) {
      expect(await ask('complete', folder, { path, upload_id: id, parts: named([etag]) })).toMatchObject({
        status: 404,
      })
      expect(await ask('abort', folder, { path, upload_id: id })).toEqual({ status: 200 })
    }
    expect(await spooled()).toHaveLength(1)
    await ask('abort', '1/r', { path: 'guessed.bin', upload_id: id })
  })

  test('is refused where something is in the way, and its parts stay until they are wanted no more', async () => {
    await caller.put('3/taken/file', 'x')
    const { id, targets } = await begun('3', 'taken', 1)
    const fields = { path: 'taken', upload_id: id, parts: named([await send(targets[0] as string, 'x')]) }
    expect(await ask('complete', '3', fields)).toMatchObject({
      status: 400,
      message: expect.stringContaining('folder'),
    })
    expect(await spooled()).toHaveLength(1)
    await caller.ask('DELETE', '/3/taken/file')
    expect(await ask('complete', '3', fields)).toEqual({ status: 200 })
  })

  test('goes on after the server was opened again, and is collected once its time is over', async () => {
    const { workspace } = caller
    const project = 'default'
    const before = await openUploads(workspace)
    const id = await before.begin({ project, path: '4/again', partCount: 2 })
    const bytes = (text: string) =>
      (async function* () {
        yield Buffer.from(text)
      })()
    const digests = [await before.takePart(id, 1, bytes('a'))]
    const after = await openUploads(workspace)
    digests.push(await after.takePart(id, 2, bytes('b')))
    const parts = digests.map((digest, place) => ({ part: place + 1, digest }))
    await after.complete({ id, project, path: '4/again', parts })
    expect((await caller.ask('GET', '/4/again')).bytes.toString()).toBe('ab')
    const stale = await after.begin({ project, path: '4/stale', partCount: 1 })
    await after.takePart(stale, 1, bytes('c'))
    const later = await openUploads({ ...workspace, clock: virtualClock(workspace.clock.now() + 90_000_000) })
    expect(await spooled()).toEqual([])
    await expect(later.takePart(stale, 1, bytes('c'))).rejects.toMatchObject({ code: 'tracking/unknownUpload' })
    await expect(after.takePart(stale, 1, bytes('c'))).rejects.toMatchObject({ code: 'tracking/unknownUpload' })
  })
})
