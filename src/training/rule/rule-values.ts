import { tensorText } from '#model'
import type { Column, Lake, Table } from '#platform'
import type { Expression } from './expression.ts'
import { walk } from './expression.ts'
import { expressionSql } from './expression-sql.ts'

/**
 * The value of an expression in every row, computed by DuckDB: numbers and moments as numbers, conditions as 1 and 0, text
 * as text; NaN or null where missing.
 */
export async function ruleValues(lake: Lake, expression: Expression, table: Table): Promise<Column> {
  const columns = walk(expression).flatMap((part) => (part.kind === 'column' ? [part] : []))
  const used = columns.map(({ name, type }) => [name, asInput(table.columns[name] as Column, type)] as const)
  // A rule may read nothing; its answer still has a row for every row.
  const rows: Column = { kind: 'number', values: new Float64Array(used.length > 0 ? 0 : table.rowCount) }
  const needed = used.length > 0 ? Object.fromEntries(used) : { rows }
  await lake.putTable('rule_rows', { rowCount: table.rowCount, columns: needed })
  const type = { number: 'double', boolean: 'double', moment: 'double', text: 'varchar' }[expression.type]
  const found = await lake.table(`select (${expressionSql(expression)})::${type} as value from rule_rows`)
  return found.columns['value'] as Column
}

/** Values as the model's inputs carry them: numbers in 32 bits, text as a tensor holds it. */
function asInput(column: Column, type: Expression['type']): Column {
  if (column.kind === 'string') return { ...column, dictionary: column.dictionary.map(tensorText) }
  return type === 'moment' ? column : { kind: 'number', values: column.values.map(Math.fround) }
}
