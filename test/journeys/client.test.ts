import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { SystemInput } from '#system'
import { addressFile } from '../../cli/connect.ts'
import { main } from '../../cli/program.ts'
import { openJourney, type Journey, type Turn } from './fixtures/open-journey.ts'

const objective = {
  statement: 'Fewer parcels are waited for in vain',
  owner: 'post',
  metric: 'cost of waiting',
  unit: 'USD per 1000 parcels',
  direction: 'down',
  target: -0.1,
  by: '2001-12-31',
} as const

const system = (name: string, more: Partial<SystemInput>): SystemInput => ({
  name,
  objective,
  framing: { task: 'binary', target: 'late', cost: { currency: 'USD', falseNegative: 10, falsePositive: 4 } },
  sources: { parcels: { kind: 'csv', path: 'parcels.csv' } },
  dataset: { sql: 'select sent, way, "net weight", late from parcels' },
  candidates: [{ kind: 'logistic' }],
  evaluation: { split: { kind: 'random', share: 0.3 } },
  release: { strategy: 'big-bang' },
  ...more,
})

/** A system for each task; the last one has nothing to explain. */
const systems: readonly SystemInput[] = [
  system('late-parcels', {}),
  system('parcel-way', {
    framing: { task: 'multiclass', target: 'way' },
    dataset: { sql: 'select sent, "net weight", late, way from parcels' },
    candidates: [{ kind: 'boosted-trees', params: { rounds: 5 } }],
    evaluation: { split: { kind: 'random', share: 0.3 }, primary: 'log-loss' },
  }),
  system('weight', {
    framing: { task: 'regression', target: 'net weight' },
    dataset: { sql: 'select sent, way, "net weight" from parcels' },
    candidates: [{ kind: 'linear' }],
    evaluation: { split: { kind: 'random', share: 0.3 }, primary: 'mae' },
  }),
  system('most', { candidates: [{ kind: 'majority' }] }),
]

let journey: Journey
let url: string
const turns: Turn[] = []
beforeAll(async () => {
  journey = await openJourney()
  const ways = ["by 'air'", 'road', 'ship']
  const lines = Array.from(
    { length: 300 },
    (_, row) =>
      `2001-01-${String((row % 28) + 1).padStart(2, '0')} 10:00:00,${ways[row % 3]},${(row % 7) + (row % 3)},${row % 3 === 2}`,
  )
  await writeFile(at('package.json'), '{ "type": "module" }')
  await writeFile(at('parcels.csv'), ['sent,way,net weight,late', ...lines].join('\n'))
  for (const spec of systems) {
    await journey.apply(spec)
    turns.push(await journey.turn(spec.name))
  }
  ;({ url } = await journey.app.listen())
  await writeFile(join(journey.folder, 'store', addressFile), JSON.stringify({ url }))
  for (const { name } of systems) await run('client', name, '--out', at(`${name}.ts`))
})
afterAll(() => journey.close())
afterEach(() => vi.restoreAllMocks())

const at = (file: string): string => join(journey.folder, file)

/** Runs a command line on the store that the server has open. */
async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' }
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true))
  const code = await main(['node', 'millrace', ...words, '--store', at('store')])
  vi.restoreAllMocks()
  return { code, ...written }
}

/** What the compiler says of a file, under its strictest rules. */
async function compile(name: string, code: string): Promise<string> {
  await writeFile(at(name), code)
  const strict =
    '--strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --noImplicitOverride --noUnusedLocals'
  const options = `--noEmit --target es2022 --module nodenext --lib es2022,dom --allowImportingTsExtensions ${strict}`
  const words = [resolve('node_modules/typescript/bin/tsc'), ...options.split(' '), '--erasableSyntaxOnly', at(name)]
  return promisify(execFile)(process.execPath, words, { cwd: journey.folder }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  )
}

/** Runs a file by itself and gives what it printed. */
async function runFile(name: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [at(name)], { cwd: journey.folder })
  return JSON.parse(stdout)
}

describe('millrace client', () => {
  test('writes a file without imports that says what it was made from, and how to make it again', async () => {
    expect(turns.map(({ state, error }) => ({ state, error }))).toEqual(
      systems.map(() => ({ state: 'done', error: null })),
    )
    const text = await readFile(at('late-parcels.ts'), 'utf8')
    expect(text).toContain("system 'late-parcels', made from version 1 of its model")
    expect(text).toContain(`millrace client late-parcels --out ${at('late-parcels.ts')}`)
    expect(text).not.toMatch(/^import|require\(/m)
    expect((await run('client', 'late-parcels')).out).toContain('export function createLateParcelsClient(')
  })

  test('whose clients type-check under strict rules and predict against the server, of every task', async () => {
    const code = `
import { createLateParcelsClient, LateParcelsError } from './late-parcels.ts'
import type { LateParcelsRow } from './late-parcels.ts'
import { createParcelWayClient } from './parcel-way.ts'
import { createWeightClient } from './weight.ts'
import { createMostClient, MostError } from './most.ts'

const url = '${url}/'
const row: LateParcelsRow = { sent: '2001-02-01T00:00:00Z', way: 'ship', 'net weight': 3 }
const late = createLateParcelsClient({ url })
const one = await late.predict(row)
const label: 'false' | 'true' = one.label
const many = await late.predictMany([row, { ...row, way: 'road' }, { ...row, sent: null, way: null }])
const { explanation } = await late.explain(row)
const gap = explanation.outputs.map(({ base, score, contributions }) =>
  Object.values(contributions).reduce((sum, value) => sum + value, base) - score)
const ways = await createParcelWayClient({ url, fetch }).explain({ sent: 0, 'net weight': 9, late: true })
const way: "by 'air'" | 'road' | 'ship' = ways.decision
const weight: number = (await createWeightClient({ url }).predict({ sent: 0, way: 'ship' })).value
const errors: unknown[] = []
const keep = (error: unknown): void => {
  if (error instanceof LateParcelsError || error instanceof MostError) errors.push([error.name, error.code, error.status, error.remedy !== ''])
}
await createMostClient({ url }).explain(row).catch(keep)
await late.predict({ ...row, way: 7 as never }).catch(keep)
await createLateParcelsClient({ url: 'http://127.0.0.1:1' }).predict(row).catch(keep)
await createLateParcelsClient({ url: url + 'elsewhere' }).predict(row).catch(keep)
const outputs = ways.explanation.outputs.map((output) => output.label)
console.log(JSON.stringify({ label, many: many.map((answer) => answer.decision), gap, way, outputs, weight, errors }))
`
    expect(await compile('use.ts', code)).toBe('')
    expect(await runFile('use.ts')).toEqual({
      label: 'true',
      many: ['true', 'false', expect.any(String)],
      gap: [expect.closeTo(0, 6)],
      way: 'ship',
      outputs: ["by 'air'", 'road', 'ship'],
      weight: expect.any(Number) as number,
      errors: [
        ['MostError', 'model/unexplainable', 422, true],
        ['LateParcelsError', 'dataset/wrongFieldType', 422, true],
        ['LateParcelsError', 'client/unreachable', 0, true],
        ['LateParcelsError', 'http/notFound', 404, true],
      ],
    })
  })

  test.each([
    [
      'a column of the wrong type',
      `{ sent: 0, way: 'ship', 'net weight': '3' }`,
      /'string' is not assignable to type 'number'/,
    ],
    ['a missing column', `{ sent: 0, way: 'ship' }`, /'net weight'+ is missing/],
    ['an unknown column', `{ sent: 0, way: 'ship', 'net weight': 3, weigth: 3 }`, /'weigth' does not exist/],
  ])('whose rows do not type-check with %s', async (_, row, says) => {
    const code = `import type { LateParcelsRow } from './late-parcels.ts'\nexport const row: LateParcelsRow = ${row}\n`
    expect(await compile('wrong.ts', code)).toMatch(says)
  })

  test('writes over a client, but over no other file', async () => {
    await writeFile(at('mine.ts'), 'export const mine = 1\n')
    const refused = await run('client', 'late-parcels', '--out', at('mine.ts'))
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('cli/wontOverwrite') as string })
    expect(await readFile(at('mine.ts'), 'utf8')).toBe('export const mine = 1\n')
    const again = await run('client', 'late-parcels', '--out', at('late-parcels.ts'), '--json')
    expect(JSON.parse(again.out)).toEqual({ system: 'late-parcels', version: 1, file: at('late-parcels.ts') })
  })
})

test('millrace predict --explain prints what each input contributed, the largest first', async () => {
  const row = JSON.stringify({ sent: '2001-01-05T10:00:00Z', way: 'ship', 'net weight': 3 })
  const { code, out } = await run('predict', 'late-parcels', row, '--explain')
  expect(code).toBe(0)
  expect(out).toMatch(/^prediction_\w+: true, probability .*\nlog-odds of true \S+, made of\n {2}base .*\n {2}way .*\n/)
  const { explanation } = JSON.parse((await run('predict', 'late-parcels', row, '--explain', '--json')).out) as {
    explanation: { outputs: readonly { contributions: object }[] }
  }
  expect(Object.keys(explanation.outputs[0]?.contributions ?? {}).sort()).toEqual(['net weight', 'sent', 'way'])
})
