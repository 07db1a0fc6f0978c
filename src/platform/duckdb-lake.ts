import { join } from 'node:path'
import {
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import { fail, storageFailure } from './failures.ts'
import { isFailure, messageOf } from './failure.ts'
import { collectorOf } from './lake-convert.ts'
import { quoteName, type Lake, type LakeOptions, type Parameters } from './lake.ts'
import type { Table } from './table.ts'

/** DuckDB, loaded and open. */
export async function openDuckdb(options: LakeOptions): Promise<Lake> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${options.memoryMb}MB`,
    temp_directory: join(options.folder, 'spill'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  return lakeOver(instance, await connect(instance))
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  await connection.run("set TimeZone = 'UTC'; set enable_progress_bar = false")
  return connection
}

function lakeOver(instance: DuckDBInstance, connection: DuckDBConnection): Lake {
  // One statement at a time on a connection; a session is the way to more.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(use: () => Promise<T>): Promise<T> => {
    const turn = last.then(use, use)
    last = turn.catch(() => undefined)
    return turn.catch((error: unknown) => {
      throw queryFailure(error)
    })
  }
  const values = (parameters: Parameters | undefined) => parameters as DuckDBValue[] | undefined
  return {
    run: (sql, parameters) => inTurn(async () => void (await connection.run(sql, values(parameters)))),
    rows: <Row extends object>(sql: string, parameters?: Parameters) =>
      inTurn(async () => {
        const reader = await connection.runAndReadAll(sql, values(parameters))
        return (reader.getRowObjectsJS() as Record<string, unknown>[]).map(plainRow) as Row[]
      }),
    table: (sql, parameters) => inTurn(() => readTable(connection, sql, values(parameters))),
    scan: (sql, take) => inTurn(() => scanPieces(connection, sql, take)),
    describe: (sql) =>
      inTurn(async () => {
        const reader = await connection.runAndReadAll(`describe ${sql}`)
        return reader
          .getRowObjectsJS()
          .map((row) => ({ name: row['column_name'] as string, type: row['column_type'] as string }))
      }),
    session: async (use) => {
      const own = await connect(instance)
      try {
        return await use(lakeOver(instance, own))
      } finally {
        own.closeSync()
      }
    },
    putTable: (name, table) => inTurn(() => putTable(connection, name, table)),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

async function readTable(
  connection: DuckDBConnection,
  sql: string,
  parameters: DuckDBValue[] | undefined,
): Promise<Table> {
  const result = await connection.run(sql, parameters)
  return tableReader(result)(await result.fetchAllChunks())
}

async function scanPieces(connection: DuckDBConnection, sql: string, take: (piece: Table) => void): Promise<void> {
  const result = await connection.stream(sql)
  const read = tableReader(result)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) return
    take(read([chunk]))
  }
}

function tableReader(result: DuckDBResult): (chunks: readonly DuckDBDataChunk[]) => Table {
  const types = result.columnTypes()
  const names = result.columnNames()
  return (chunks) => {
    const rowCount = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
    const columns = names.map((name, place) => {
      const collector = collectorOf(types[place] as DuckDBType, rowCount)
      let start = 0
      for (const chunk of chunks) {
        collector.take(chunk.getColumnVector(place), start, chunk.rowCount)
        start += chunk.rowCount
      }
      return [name, collector.finish()] as const
    })
    return { rowCount, columns: Object.fromEntries(columns) }
  }
}

async function putTable(connection: DuckDBConnection, name: string, table: Table): Promise<void> {
  const entries = Object.entries(table.columns)
  const types = entries.map(([column, { kind }]) => `${quoteName(column)} ${kind === 'number' ? 'double' : 'varchar'}`)
  await connection.run(`create or replace table ${quoteName(name)} (${types.join(', ')})`)
  const appender = await connection.createAppender(name)
  for (let row = 0; row < table.rowCount; row++) {
    for (const [, column] of entries) {
      if (column.kind === 'number') {
        const value = column.values[row] as number
        if (Number.isNaN(value)) appender.appendNull()
        else appender.appendDouble(value)
      } else {
        const code = column.codes[row] as number
        if (code < 0) appender.appendNull()
        else appender.appendVarchar(column.dictionary[code] as string)
      }
    }
    appender.endRow()
  }
  appender.closeSync()
}

function plainRow(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]))
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(plainValue)
  if (value !== null && typeof value === 'object' && value.constructor === Object)
    return plainRow(value as Record<string, unknown>)
  return value
}

function queryFailure(error: unknown): unknown {
  if (isFailure(error)) return error
  const stored = storageFailure('run a query', error)
  if (stored !== error) return stored
  const text = messageOf(error)
  if (
    /^(Parser|Binder|Catalog|Conversion|Invalid Input|IO|Out of Range|Constraint|Mismatch Type|Not implemented|Out of Memory)[\w ]*Error/i.test(
      text,
    )
  ) {
    return fail('badSql', `Cannot run the query: ${text}`, { cause: error })
  }
  return error
}
