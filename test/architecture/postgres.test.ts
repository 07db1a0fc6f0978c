import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { postgresTests } from '../../scripts/postgres-tests.mjs'

const root = resolve(import.meta.dirname, '../..')

interface File {
  readonly path: string
  readonly text: string
}

const texts = (pattern: string): readonly File[] =>
  globSync(pattern, { cwd: root })
    .filter((path) => !path.startsWith('src/platform/'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** Whose facts are kept elsewhere: durable work stands in a file of its own. */
const elsewhere = ['orchestration']

/** Components whose stores no test opens on PostgreSQL. */
const missing = (files: readonly File[]): readonly string[] =>
  [...new Set(files.filter(({ text }) => /\.withTables</.test(text)).map(({ path }) => path.split('/')[1] as string))]
    .filter((name) => !elsewhere.includes(name))
    .filter((name) => !postgresTests.some((test) => test === `src/${name}` || test.startsWith(`src/${name}/`)))

/** Tests, and what they stand on, that would open a store on SQLite whatever they are asked for. */
const fixed = (files: readonly File[]): readonly string[] =>
  files
    .filter(({ text }) => /import \{[^}]*\bopenWorkspace\b[^}]*\} from '#platform'/.test(text))
    .map(({ path }) => path)
    .filter((path) => !ofSqlite.includes(path))

/** What stores of before are brought up from; none of them was on PostgreSQL. */
const ofSqlite = ['src/tracking/migrations.test.ts']

test('every component that keeps facts has its stores tested on PostgreSQL', () => {
  expect(missing(texts('src/**/*.ts'))).toEqual([])
})

test('a planted store that is tested on SQLite alone is found', () => {
  expect(missing([{ path: 'src/planted/store.ts', text: 'database.withTables<Tables>()' }])).toEqual(['planted'])
})

test('no test of a component opens a store that is on SQLite whatever it is asked for', () => {
  expect(fixed(texts('src/**/{*.test.ts,fixtures/*.ts}'))).toEqual([])
})

test('a planted test that opens such a store is found', () => {
  const text = "import {\n  openWorkspace,\n  silentLog,\n} from '#platform'"
  expect(fixed([{ path: 'src/planted/x.test.ts', text }])).toEqual(['src/planted/x.test.ts'])
})

test.each(postgresTests)('%s is where tests are', (path) => {
  expect(globSync([`${path}*.ts`, `${path}*/**/*.test.ts`], { cwd: root })).not.toEqual([])
})
