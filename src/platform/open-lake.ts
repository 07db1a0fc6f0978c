import { mkdir } from 'node:fs/promises'
import { storageFailure } from './failures.ts'
import type { Lake, LakeOptions, Parameters } from './lake.ts'

/**
 * Opens DuckDB in memory; only its built-in extensions, nothing is ever downloaded. It is loaded when it is first asked:
 * a process that asks it nothing is spared the time and the memory.
 */
export async function openLake(options: LakeOptions): Promise<Lake> {
  await mkdir(options.folder, { recursive: true }).catch((error: unknown) => {
    throw storageFailure(`open the folder '${options.folder}'`, error)
  })
  let lake: Lake | undefined
  let opening: Promise<Lake> | undefined
  let isClosed = false
  const load = async (): Promise<Lake> => {
    const { openDuckdb } = await import('./duckdb-lake.ts')
    if (isClosed) throw new TypeError('Cannot run a query: the lake is closed')
    lake = await openDuckdb(options)
    if (isClosed) lake.close()
    return lake
  }
  /** What could not be opened is tried again by who asks next. */
  const open = (): Promise<Lake> =>
    (opening ??= load().catch((error: unknown) => {
      opening = undefined
      throw error
    }))
  return {
    run: async (sql, parameters) => (await open()).run(sql, parameters),
    rows: async <Row extends object>(sql: string, parameters?: Parameters) => (await open()).rows<Row>(sql, parameters),
    table: async (sql, parameters) => (await open()).table(sql, parameters),
    scan: async (sql, take) => (await open()).scan(sql, take),
    describe: async (sql) => (await open()).describe(sql),
    session: async (use) => (await open()).session(use),
    putTable: async (name, table) => (await open()).putTable(name, table),
    close: () => {
      isClosed = true
      lake?.close()
    },
  }
}
