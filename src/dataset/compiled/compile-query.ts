import { stringColumn, type Column, type Table } from '#platform'
import type { FieldType } from '#model'
import { partAt } from '../sql/syntax.ts'
import { keptName } from '../request/narrow-select.ts'
import type { FormQuery } from '../request/request-form.ts'
import type { RequestQuery } from '../request/request-sql.ts'
import { compileCast } from './compile-cast.ts'
import { compileSelect, type CompiledColumn } from './compile-select.ts'
import { integerTypes } from './integer-range.ts'
import { sourceColumn, type SourceColumn } from './source-column.ts'
import { isLeftToSql, leaveToSql, type Compiled, type Kind, type SourceRow, type Value } from './value.ts'

/** The SQL of a request without DuckDB: what it would give for the rows, or null where only DuckDB is certain. */
export type CompiledQuery = (rows: readonly SourceRow[]) => Table | null

/**
 * Compiles the SQL of a request to closures, where every part of it is of a kind that JavaScript evaluates to the very
 * same value. A row that it is not certain of, such as one whose arithmetic overflows, it leaves to DuckDB.
 * @returns null where the SQL holds a part that it does not know
 */
export function compileQuery(query: FormQuery, made: RequestQuery): CompiledQuery | null {
  try {
    const columns = compileSelect(partAt(query.statement, 'node') ?? {}, query.source)
    const readers = query.source.columns.map(({ type }) => sourceColumn(type))
    const outputs = made.columns.map(({ name, type }, place) => {
      const compiled = columnOf(columns, name)
      checkKind(compiled.kind, made.sqlTypes[place] ?? '')
      return outputOf(compiled, type)
    })
    if (made.tellsKept) outputs.push(numbersFrom(compiledCondition(columns)))
    const names = [...made.columns.map((_, place) => `c${place}`), ...(made.tellsKept ? ['kept'] : [])]
    return (rows) => evaluated(rows, { readers, outputs, names })
  } catch (error) {
    if (isLeftToSql(error)) return null
    throw error
  }
}

interface Program {
  readonly readers: readonly (SourceColumn | undefined)[]
  readonly outputs: readonly ((rows: readonly SourceRow[]) => Column)[]
  readonly names: readonly string[]
}

function evaluated(rows: readonly SourceRow[], { readers, outputs, names }: Program): Table | null {
  try {
    const read = rows.map((row) =>
      row.map((value, place) => (value === null ? null : readValue(readers[place], value))),
    )
    const columns: Record<string, Column> = {}
    for (let place = 0; place < outputs.length; place++)
      columns[names[place] as string] = (outputs[place] as Program['outputs'][number])(read)
    return { rowCount: rows.length, columns }
  } catch (error) {
    if (isLeftToSql(error)) return null
    throw error
  }
}

const readValue = (column: SourceColumn | undefined, value: Value): Value =>
  column ? column.read(value) : leaveToSql()

function columnOf(columns: readonly CompiledColumn[], name: string): Compiled {
  const found = columns.filter((column) => column.name === name.toLowerCase())
  return found.length === 1 ? (found[0] as CompiledColumn).get() : leaveToSql()
}

function compiledCondition(columns: readonly CompiledColumn[]): Compiled {
  const condition = columnOf(columns, keptName)
  return condition.kind === 'boolean' ? condition : leaveToSql()
}

/** What is compiled must be of the type that DuckDB says it is. */
function checkKind(kind: Kind, sqlType: string): void {
  const isSame = kind === 'integer' ? integerTypes.has(sqlType) : sqlTypes[kind] === sqlType
  if (!isSame) leaveToSql()
}

const sqlTypes: Partial<Record<Kind, string>> = {
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  text: 'VARCHAR',
  moment: 'TIMESTAMP',
  date: 'DATE',
}

/** An output as a table holds it, cast as datasets store it. */
function outputOf(compiled: Compiled, type: FieldType): Program['outputs'][number] {
  const { kind } = compiled
  switch (type) {
    case 'categorical':
    case 'text':
      return textsFrom(compileCast(compiled, 'VARCHAR'))
    case 'timestamp':
      return numbersFrom(compileCast(compiled, 'TIMESTAMP'))
    case 'boolean':
      return numbersFrom(compileCast(compiled, 'BOOLEAN'))
    default:
      return numbersFrom(kind === 'integer' ? compiled : compileCast(compiled, 'DOUBLE'))
  }
}

const numbersFrom =
  ({ evaluate }: Compiled) =>
  (rows: readonly SourceRow[]): Column => {
    const values = new Float64Array(rows.length)
    for (let place = 0; place < rows.length; place++) {
      const value = evaluate(rows[place] as SourceRow)
      values[place] = value === null ? NaN : Number(value)
    }
    return { kind: 'number', values }
  }

const textsFrom =
  ({ evaluate }: Compiled) =>
  (rows: readonly SourceRow[]): Column => {
    if (rows.length > 1) return stringColumn(rows.map((row) => evaluate(row) as string | null))
    const text = evaluate(rows[0] as SourceRow) as string | null
    return { kind: 'string', codes: Int32Array.of(text === null ? -1 : 0), dictionary: text === null ? [] : [text] }
  }
