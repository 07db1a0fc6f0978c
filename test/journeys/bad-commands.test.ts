import { connect } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openApp } from '#app'
import { openDatabase } from '#platform'
import { main } from '../../cli/program.ts'
import { openJourney, quiet, type Journey } from './fixtures/open-journey.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commands-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

/** Runs a command line and gives its exit code and what it wrote. */
async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' }
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true))
  const code = await main(['node', 'millrace', ...words])
  vi.restoreAllMocks()
  return { code, ...written }
}

describe('a command line that is used wrongly exits 2 and shows the way', () => {
  test.each([
    ['an unknown command', ['fly'], /unknown command 'fly'/],
    ['an unknown option', ['plan', '--fast'], /unknown option '--fast'/],
    ['a missing word', ['run'], /missing required argument 'system'/],
    ['a port that is none', ['up', '--port', '70000'], /'--port' is '70000'; expected a whole number from 0 to 65535/],
    ['a seed that is none', ['rehearse', '--seed', 'x'], /'--seed' is 'x'; expected a whole number/],
    ['a word too many', ['status', 'a', 'b'], /too many arguments/],
  ])('%s', async (_, words, says) => {
    const { code, out, err } = await run(...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(says)
    expect(err).toContain('--help')
  })

  test('asked for help it says how and exits 0', async () => {
    const { code, out } = await run('predict', '--help')
    expect(code).toBe(0)
    expect(out).toContain('Example:\n  millrace predict')
  })
})

describe('a command that cannot be done exits 1 with message, remedy and code', () => {
  const store = (): string[] => ['--store', join(folder, 'store')]
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, `${name}.system.ts`)
    await writeFile(path, text)
    return path
  }

  test.each([
    ['status of an unknown system', ['status', 'letters'], 'loop/unknownSystem', /letters[^]*'millrace status'/],
    ['run of an unknown system', ['run', 'letters'], 'loop/unknownSystem', /letters[^]*'millrace status'/],
    [
      'predict of an unknown system',
      ['predict', 'letters', '{"a":1}'],
      'system/unknownSystem',
      /letters[^]*'millrace status'/,
    ],
    ['a row that is not JSON', ['predict', 'letters', '{a:1'], 'cli/badRow', /not JSON/],
    ['a file of rows that is not there', ['predict', 'a', '--file', 'gone.json'], 'cli/unreadableFile', /gone\.json/],
    ['a system file that is not there', ['plan', 'nowhere.system.ts'], 'system/missingFile', /nowhere/],
  ])('%s', async (_, words, code, says) => {
    const human = await run(...words, ...store())
    expect(human.code).toBe(1)
    expect(human.err).toMatch(says)
    expect(human.err).toContain(`code: ${code}`)
    const machine = await run(...words, ...store(), '--json')
    expect(machine).toMatchObject({ code: 1, err: '' })
    expect(JSON.parse(machine.out)).toMatchObject({ error: { code, remedy: expect.any(String) as string } })
  })

  test('a system file with mistakes: each with its path, what is wrong and what would be right', async () => {
    const path = await file(
      'wrong',
      `import { defineSystem } from 'millrace'
       export default defineSystem({
         name: 'Wrong Name',
         objective: { statement: 's', owner: 'o', metric: 'm', unit: 'u', direction: 'sideways', target: -0.1, by: 'soon' },
         framing: { task: 'binary', target: 'late' },
         sources: { parcels: { kind: 'csv', path: 'parcels.csv' } },
         dataset: { sql: 'select 1' },
         candidates: [{ kind: 'majorityy' }],
         evaluation: { split: { kind: 'random' }, primary: 'log-loss' },
         release: { strategy: 'big-bang' },
       } as never)`,
    )
    const { code, err } = await run('apply', path, ...store())
    expect(code).toBe(1)
    expect(err).toContain('code: system/invalid')
    expect(err).toMatch(/name.*lower-case letters/)
    expect(err).toMatch(/objective\.direction.*"?up"?.*"?down"?/)
    expect(err).toMatch(/objective\.by.*'2027-06-30'/)
    expect(await run('status', ...store(), '--json')).toMatchObject({ code: 0, out: '[]\n' })
  })

  test('a system file that does not parse: with its line', async () => {
    const path = await file('syntax', "import { defineSystem } from 'millrace'\nexport default defineSystem({{\n")
    const { code, err } = await run('plan', path, ...store())
    expect(code).toBe(1)
    expect(err).toMatch(/syntax\.system\.ts:2/)
    expect(err).toContain('code: system/syntax')
  })
})

describe('the door', () => {
  let journey: Journey
  let port: number
  beforeAll(async () => {
    journey = await openJourney()
    ;({ port } = await journey.app.listen())
  })
  afterAll(() => journey.close())

  /** Sends a request of 100 MB as long as the server takes it; gives the answer and how much was sent by then. */
  const flood = (header: string, frame: (chunk: Buffer) => Buffer): Promise<{ answer: string; sentMb: number }> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      const chunk = frame(Buffer.alloc(262_144, ' '))
      let sent = 0
      let answer = ''
      const done = (): void => resolve({ answer, sentMb: sent / 1_048_576 })
      // Each piece goes when the one before it has left.
      const pour = (): void => {
        if (answer !== '' || sent >= 104_857_600 || socket.destroyed) return
        sent += chunk.length
        socket.write(chunk, pour)
      }
      socket.on('data', (data) => {
        answer += data.toString()
        done()
        socket.destroy()
      })
      socket.on('error', (error) => (answer === '' ? reject(error) : done()))
      socket.on('connect', () => {
        socket.write(
          `POST /api/v1/systems/x/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${header}\r\n\r\n`,
        )
        pour()
      })
    })

  test.each([
    ['with its length', 'Content-Length: 104857600', (chunk: Buffer) => chunk],
    [
      'in chunks without one',
      'Transfer-Encoding: chunked',
      (chunk: Buffer) => Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
    ],
  ])('a request of 100 MB %s is refused with 413 before it is read whole', async (_, header, frame) => {
    const { answer, sentMb } = await flood(header, frame)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('http/bodyTooLarge')
    expect(sentMb).toBeLessThan(50)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  })

  test('a port in use is said by its number', async () => {
    const other = await openApp({ folder: join(folder, 'other'), config: quiet })
    try {
      await expect(other.listen({ port })).rejects.toMatchObject({
        code: 'http/portInUse',
        status: 409,
        message: expect.stringContaining(String(port)) as string,
      })
    } finally {
      await other.close()
    }
    const { code, err } = await run('up', '--port', String(port), '--store', join(folder, 'busy'))
    expect(code).toBe(1)
    expect(err).toContain('code: http/portInUse')
  })

  test('a store of a newer version is left alone', async () => {
    const newer = join(folder, 'newer')
    await (await openApp({ folder: newer, config: quiet })).close()
    const facts = openDatabase(join(newer, 'facts.sqlite')).withTables<{
      platform_migrations: { name: string; at_ms: number }
    }>()
    await facts.insertInto('platform_migrations').values({ name: 'loop/9999-later', at_ms: 0 }).execute()
    await facts.destroy()
    const { code, err } = await run('status', '--store', newer)
    expect(code).toBe(1)
    expect(err).toContain('loop/9999-later')
    expect(err).toContain('code: platform/newerStore')
  })
})
