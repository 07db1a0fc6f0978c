import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { main } from '../program.ts'

let store: string
beforeAll(async () => {
  store = await mkdtemp(join(tmpdir(), 'millrace-collect-'))
})
afterAll(() => rm(store, { recursive: true }))

/** Runs a command line on the store and gives its exit code and what it wrote. */
async function run(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' }
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true))
  const code = await main(['node', 'millrace', 'collect', ...words, '--store', store])
  vi.restoreAllMocks()
  return { code, ...written }
}

test('millrace collect says what it removed, and with --dry-run what it would', async () => {
  expect(await run()).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Removed what was deleted before .*\n {2}experiments +0\n/),
  })
  expect((await run('--dry-run', '--older-than', '7d')).out).toMatch(/^Would remove [^]*\nNext: millrace collect\n$/)
  const { out } = await run('--json')
  expect(JSON.parse(out)).toMatchObject({ dryRun: false, runs: 0, bytesFreed: 0 })
})

test.each(['long', '7', '-1d', '7 days', '', '99999999d'])(
  "millrace collect answers '%s', which is no span of time, as wrong usage",
  async (span) => {
    expect(await run(`--older-than=${span}`)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(
        `error: option '--older-than' is '${span}'; expected a number and a unit, such as 30d, and 100000d at most`,
      ),
    })
  },
)
