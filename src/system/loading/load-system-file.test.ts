import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFailure, type Failure } from '#platform'
import { sampleInput } from '../fixtures/sample-input.ts'
import { parseSystem } from '../validation/parse-system.ts'
import { loadSystemFile } from './load-system-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'system-'))
})
afterAll(() => rm(folder, { recursive: true }))

const write = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}
const failureOf = async (path: string): Promise<Failure> => {
  const error: unknown = await loadSystemFile(path).then(
    () => new Error('It was accepted'),
    (thrown: unknown) => thrown,
  )
  if (isFailure(error)) return error
  throw error
}
const sample = JSON.stringify(sampleInput())

test('loadSystemFile() runs TypeScript that imports millrace, with nothing installed beside it', async () => {
  const file = await write(
    'flights.ts',
    `import { defineSystem, days, parquet, type SystemSpec } from 'millrace'
     const sample: object = ${sample}
     const system: SystemSpec = defineSystem({ ...sample, sources: { flights: parquet('f.parquet') }, monitor: { window: days(2) } } as never)
     export default system`,
  )
  const loaded = await loadSystemFile(file)
  expect(loaded).toMatchObject({ file, baseFolder: folder, commit: null, dirty: false, warnings: [] })
  expect(loaded.spec).toMatchObject({ name: 'flight-delay', monitor: { window: '2d' } })
  expect(Object.isFrozen(loaded.spec.objective)).toBe(true)
})

test('loadSystemFile() keeps what the file prints off standard output', async () => {
  const file = await write('talks.ts', `console.log('a word')\nexport default ${sample}`)
  const script = `const { loadSystemFile } = await import('#system')
    console.log((await loadSystemFile(${JSON.stringify(file)})).spec.name)`
  const words = ['--conditions=source', '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  expect({ stdout, stderr }).toEqual({ stdout: 'flight-delay\n', stderr: 'a word\n' })
})

test('loadSystemFile() gives one spec and hash for the same system in TypeScript, JavaScript and JSON', async () => {
  const files = await Promise.all([
    write('same.mts', `export default ${sample} as const`),
    write('same.js', `import { defineSystem } from 'millrace'\nexport default defineSystem(${sample})`),
    write('same.json', sample),
  ])
  const loaded = await Promise.all(files.map((file) => loadSystemFile(file)))
  for (const { spec, hash } of loaded) {
    expect(spec).toEqual(parseSystem(sampleInput()))
    expect(hash).toBe(loaded[0]?.hash)
  }
})

test('loadSystemFile() takes files beside it, and each call reads anew', async () => {
  await write('target.ts', 'export const target: number = -0.1')
  const file = await write(
    'beside.ts',
    `import { target } from './target.ts'
     const sample = ${sample}
     export default { ...sample, objective: { ...sample.objective, target } }`,
  )
  const first = await loadSystemFile(file)
  await write('target.ts', 'export const target: number = -0.2')
  const second = await loadSystemFile(file)
  expect([first.spec.objective.target, second.spec.objective.target]).toEqual([-0.1, -0.2])
  expect(first.hash).not.toBe(second.hash)
})

test('loadSystemFile() of a folder takes its only system file', async () => {
  const only = await mkdtemp(join(folder, 'only-'))
  await writeFile(join(only, 'a.system.json'), sample)
  await writeFile(join(only, 'package.json'), '{}')
  expect((await loadSystemFile(only)).file).toBe(join(only, 'a.system.json'))
  await writeFile(join(only, 'b.system.ts'), '')
  expect(await failureOf(only)).toMatchObject({
    code: 'system/severalFiles',
    message: expect.stringContaining('b.system.ts'),
  })
  const none = await mkdtemp(join(folder, 'none-'))
  expect((await failureOf(none)).code).toBe('system/missingFile')
})

test('loadSystemFile() warns of a date that is over', async () => {
  const { warnings } = await loadSystemFile(await write('old.json', sample), { nowMs: Date.UTC(2002, 0, 1) })
  expect(warnings).toEqual([expect.stringContaining('objective.by is 2001-06-30')])
})

test.each<[string, string, string, Partial<Record<'code' | 'line' | 'says', string | number>>]>([
  [
    'TypeScript that does not parse',
    'a.ts',
    'const a = 1\nexport default {\n  a: 1,,\n}',
    { code: 'system/syntax', line: 3 },
  ],
  [
    'TypeScript beyond types',
    'b.ts',
    '\nenum A { B }\nexport default A',
    { code: 'system/syntax', line: 2, says: 'enum' },
  ],
  ['JavaScript that does not parse', 'c.mjs', 'const a = 1\nexport default {,}', { code: 'system/syntax', line: 2 }],
  ['JSON that does not parse', 'd.json', '{\n  "name": "a",\n  oops\n}', { code: 'system/syntax', line: 3 }],
  ['JSON that ends too soon', 'e.json', '{\n  "name":', { code: 'system/syntax', line: 2 }],
  ['an empty JSON file', 'f.json', '', { code: 'system/syntax', line: 1 }],
  [
    'a file that throws',
    'g.ts',
    'const a: any = 1\n\nexport default a.b.c',
    { code: 'system/fileThrew', line: 3, says: "reading 'c'" },
  ],
  [
    'an import that is not there',
    'h.ts',
    "import a from './nope.ts'\nexport default a",
    { code: 'system/fileThrew', says: 'nope.ts' },
  ],
  [
    'a name that millrace lacks',
    'i.ts',
    "\nimport { parket } from 'millrace'\nexport default parket",
    { code: 'system/fileThrew', line: 2, says: 'parket' },
  ],
  [
    'a file that ends its process',
    'j.ts',
    'process.exit(0)',
    { code: 'system/fileThrew', says: 'it ended its own process' },
  ],
  ['a file without a default export', 'k.ts', 'export const system = {}', { code: 'system/noDefaultExport' }],
  ['an empty TypeScript file', 'l.ts', '', { code: 'system/noDefaultExport' }],
  [
    'a default export that is no system',
    'm.ts',
    'export default () => ({})',
    { code: 'system/invalid', says: 'is a function' },
  ],
])('loadSystemFile() refuses %s', async (_, name, text, { code, line, says }) => {
  const file = await write(name, text)
  const failure = await failureOf(file)
  expect(failure.code).toBe(code)
  expect(failure.message).toContain(line === undefined ? file : `${file}:${line}: `)
  expect(failure.message).toContain(says ?? file)
  expect(failure.details).toMatchObject({ file, ...(line === undefined ? {} : { line }) })
})

test('loadSystemFile() names every mistake with its path, of a file that calls defineSystem and of one that does not', async () => {
  const text = sample.replace('"unit"', '"units"').replace('"wants":"to arrive"', '"wants":1')
  const files = [
    await write('bad.ts', `import { defineSystem } from 'millrace'\nexport default defineSystem(${text} as never)`),
    await write('bad.json', text),
  ]
  for (const file of files) {
    const failure = await failureOf(file)
    expect(failure).toMatchObject({ code: 'system/invalid', status: 422, details: { file } })
    expect(failure.message.split('\n')).toEqual([
      `Cannot use the system file '${file}': 3 mistakes`,
      '  objective.stakeholders[0].wants is 1; expected a text',
      '  objective.unit is missing; expected a text',
      "  objective.units is not known; expected 'unit'",
    ])
    expect(failure.details['issues']).toHaveLength(3)
  }
})

test('loadSystemFile() refuses a path where nothing is', async () => {
  expect(await failureOf(join(folder, 'nothing.ts'))).toMatchObject({ code: 'system/missingFile', status: 404 })
})
