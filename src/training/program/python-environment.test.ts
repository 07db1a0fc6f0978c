import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { messageOf } from '#platform'
import { settingsIn } from './fixtures/program-data.ts'
import { pythonEnvironment } from './python-environment.ts'
import { pythonVersion } from './python-version.ts'

const isDemanded = (process.env['MILLRACE_REQUIRE'] ?? '').split(/[\s,]+/).includes('python')
const lacking = await pythonVersion(settingsIn(tmpdir())).then(
  () => null,
  (error: unknown) => {
    if (isDemanded) throw error
    return messageOf(error)
  },
)
if (lacking !== null) process.stderr.write(`Environments of Python are not tried: ${lacking}\n`)

describe.skipIf(lacking !== null)('pythonEnvironment()', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-python-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const { signal } = new AbortController()
  const environment = (requirements: readonly string[], told: string[] = []) =>
    pythonEnvironment(settingsIn(folder), { requirements, signal, variables: {}, tell: (text) => told.push(text) })
  const made = async (): Promise<string[]> =>
    (await readdir(join(folder, 'environments'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)

  test('makes one for all who ask at once, finds it ever after, and removes those that nobody used for long', async () => {
    const old = join(folder, 'environments', 'f'.repeat(16))
    await mkdir(old, { recursive: true })
    await writeFile(join(old, 'packages.txt'), '')
    await utimes(join(old, 'packages.txt'), 1, 1)
    const told: string[] = []
    const [one, other] = await Promise.all([environment([], told), environment([], told)])
    expect(other).toEqual(one)
    expect(told).toEqual(['make an environment of Python', 'list packages'])
    expect(await made()).toEqual([one.folder.slice(-16)])
    expect(await environment([], told)).toEqual(one)
    expect(told).toHaveLength(2)
  })

  test('says what pip said last where packages cannot be installed, and keeps nothing but the log', async () => {
    const before = await made()
    await expect(environment(['nothing @ file:///nowhere/nothing-1.0-py3-none-any.whl'])).rejects.toMatchObject({
      code: 'training/noEnvironment',
      message: expect.stringMatching(/to install packages failed: [^]*nothing/),
    })
    expect(await made()).toEqual(before)
  })

  test('makes none once it is no longer wanted', async () => {
    const before = await made()
    const given = { requirements: ['x'], signal: AbortSignal.abort(), variables: {} }
    await expect(pythonEnvironment(settingsIn(folder), given)).rejects.toThrow('aborted')
    expect(await made()).toEqual(before)
  })
})
