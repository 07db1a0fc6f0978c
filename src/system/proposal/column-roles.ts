import type { Task } from '#model'
import { distinctOf, knownValues, sniffKind, type ColumnSniff, type FileSniff } from './sniff.ts'

/** A column that is left out, and why. */
export interface LeftOut {
  readonly column: ColumnSniff
  readonly why: string
}

/** What each column of a file most likely is. */
export interface ColumnRoles {
  readonly target: ColumnSniff
  readonly task: Task
  /** What counts as yes, of a binary target; null where yes and no speak for themselves. */
  readonly positive: string | number | null
  readonly time: ColumnSniff | null
  /** Columns that name the row. */
  readonly ids: readonly ColumnSniff[]
  readonly inputs: readonly ColumnSniff[]
  readonly leftOut: readonly LeftOut[]
}

/**
 * Guesses what each column is: the target by its name, or else the last column of few values; the time by its type;
 * names of rows by their uniqueness. Everything else is an input, unless it cannot tell rows apart.
 * @throws RangeError when the file has no column with a name on one line
 */
export function columnRoles(file: FileSniff): ColumnRoles {
  const named = file.columns.filter((column) => !lineBreak.test(column.name))
  const unnamed = file.columns.filter((column) => lineBreak.test(column.name))
  const target = targetOf({ ...file, columns: named })
  const others = named.filter((column) => column !== target)
  const time = others.filter((column) => sniffKind(column.type) === 'moment').sort(byTimeLikeness(file))[0] ?? null
  const ids = others.filter((column) => column !== time && isId(column, file.rows))
  const rest = others.filter((column) => column !== time && !ids.includes(column))
  const useless = rest.flatMap((column) => {
    const why = uselessness(column, file.rows)
    return why === null ? [] : [{ column, why }]
  })
  const leftOut = [...useless, ...unnamed.map((column) => ({ column, why: 'its name holds a line break' }))]
  const inputs = rest.filter((column) => !leftOut.some((left) => left.column === column))
  const task = taskOf(target)
  return { target, task, positive: task === 'binary' ? positiveOf(target) : null, time, ids, inputs, leftOut }
}

function targetOf({ columns, rows }: FileSniff): ColumnSniff {
  for (const pattern of targetNames) {
    const named = columns.findLast((column) => pattern.test(column.name) && isTargetLike(column))
    if (named) return named
  }
  const plausible = columns.filter((column) => isTargetLike(column) && !isId(column, rows))
  const few = plausible.findLast((column) => (distinctOf(column) ?? Infinity) <= fewClasses)
  const found = few ?? plausible.at(-1) ?? columns.at(-1)
  if (!found) throw new RangeError('Cannot propose a system: the file has no columns')
  return found
}

const isTargetLike = (column: ColumnSniff): boolean =>
  ['number', 'boolean', 'text'].includes(sniffKind(column.type)) && (distinctOf(column) ?? 2) > 1 && !isLongText(column)

/** Names that targets have, the surest first. */
const targetNames: readonly RegExp[] = [
  /^(target|label|outcome|y|class)$/i,
  /(^|_)(target|label|outcome)$/i,
  /^(is_)?(churn|churned|late|fraud|default|defaulted|converted|survived|clicked|cancelled|canceled|returned)$/i,
  /(churn|fraud|default|conversion)/i,
  /^(category|intent|species|diagnosis|quality|rating|grade)$/i,
  /^(price|fare|fare_amount|amount|sales|revenue|demand|cost|value|duration|count)$/i,
]

function taskOf(target: ColumnSniff): Task {
  const distinct = distinctOf(target)
  const kind = sniffKind(target.type)
  if (kind === 'boolean' || distinct === 2) return 'binary'
  if (kind !== 'number') return 'multiclass'
  const whole = !/FLOAT|DOUBLE|DECIMAL/.test(target.type)
  return whole && distinct !== null && distinct <= fewClasses / 2 ? 'multiclass' : 'regression'
}

/** Of two texts or numbers the one that counts as yes; null for true and false, 0 and 1, and what nobody has seen. */
function positiveOf(target: ColumnSniff): string | number | null {
  const values = knownValues(target)
  if (values?.length !== 2 || sniffKind(target.type) === 'boolean') return null
  const [first, second] = [...values].sort((a, b) => (a < b ? -1 : 1)) as [string | number, string | number]
  if (first === 0 && second === 1) return null
  return /^(y|yes|true|1|t|positive|pos|bad|late|churn(ed)?|fraud)$/i.test(String(first)) ? first : second
}

/** Whether a column names rows: unique, and a text, or a number that is called so. */
function isId(column: ColumnSniff, rows: number): boolean {
  const kind = sniffKind(column.type)
  const named = /(^|_)(id|uuid|guid|key|nr|number)$|Id$/.test(column.name)
  const unique = rows > 1 && column.nulls === 0 && distinctOf(column) === rows
  if (kind === 'text') return unique && !isLongText(column) && (named || rows > fewClasses)
  return kind === 'number' && named && (unique || column.distinct === undefined)
}

function uselessness(column: ColumnSniff, rows: number): string | null {
  if (sniffKind(column.type) === 'other') return `${column.type} is no type that models take`
  if (rows > 0 && column.nulls === rows) return 'it has no values'
  if (rows > 1 && (distinctOf(column) ?? 2) < 2) return 'it is the same in every row'
  return null
}

/** Whether a text is written rather than chosen: the sample has several words in most of its values. */
export function isLongText(column: ColumnSniff): boolean {
  if (sniffKind(column.type) !== 'text') return false
  const texts = (column.sample ?? column.values ?? []).filter((value) => typeof value === 'string')
  const written = texts.filter((text) => text.trim().split(/\s+/).length >= 4).length
  return texts.length > 0 && written * 2 > texts.length
}

const lineBreak = /[\r\n\u2028\u2029]/

/** Complete ones first, then those that are called so. */
const byTimeLikeness =
  (file: FileSniff) =>
  (a: ColumnSniff, b: ColumnSniff): number => {
    const score = (column: ColumnSniff): number =>
      (column.nulls === 0 ? 4 : 0) +
      (/^(date|time|timestamp|datetime|day|month)$|_(at|date|time|datetime)$/i.test(column.name) ? 2 : 0) +
      (/updated|modified|end|birth/i.test(column.name) ? -1 : 0)
    return score(b) - score(a) || file.columns.indexOf(a) - file.columns.indexOf(b)
  }

/** Numbers of up to half as many values, and texts of up to so many, are classes. */
const fewClasses = 20
