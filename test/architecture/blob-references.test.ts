import { afterAll, beforeAll, expect, test } from 'vitest'
import { allReferences } from '../../src/collection/all-references.ts'
import { allMigrations } from '#loop/migrations'
import { migrate, openDatabase, systemClock, type Database } from '#platform'

let database: Database
beforeAll(async () => {
  database = openDatabase(':memory:')
  await migrate(database, { migrations: allMigrations, clock: systemClock })
})
afterAll(() => database.destroy())

const asked = new Set(
  allReferences.flatMap(({ tables }) =>
    tables.flatMap(({ table, columns }) => columns.map((name) => `${table}.${name}`)),
  ),
)
const others = new Set(allReferences.flatMap(({ notBytes = [] }) => notBytes))

/** Columns whose name says that they hold the digest of something, but of which no component says what. */
async function unknownColumns(): Promise<readonly string[]> {
  const tables = await database.introspection.getTables()
  return tables
    .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`))
    .filter((column) => /\.\w*(?:digest|blob)/.test(column) && !asked.has(column) && !others.has(column))
}

test('every column of a digest is asked before bytes are collected, or said to be of something else', async () => {
  expect(await unknownColumns()).toEqual([])
})

test('every column that is asked or left out is there', async () => {
  const tables = await database.introspection.getTables()
  const there = new Set(tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)))
  expect([...asked, ...others].filter((column) => !there.has(column))).toEqual([])
})

test('a planted column of digests that nobody asks is found', async () => {
  await database.schema.createTable('loop_planted').addColumn('model_digest', 'text').execute()
  expect(await unknownColumns()).toEqual(['loop_planted.model_digest'])
})
