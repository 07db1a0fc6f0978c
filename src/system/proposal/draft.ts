import { durationMs, type Duration } from '#platform'
import { isLongText, type ColumnRoles } from './column-roles.ts'
import { reservedWords } from './literals.ts'
import type { ColumnSniff, FileSniff } from './sniff.ts'

/** Everything that a first system file says, still as data. */
export interface Draft {
  readonly name: string
  readonly source: string
  readonly file: FileSniff
  readonly roles: ColumnRoles
  readonly by: string
  /** How the rows are split: by time where their moments span enough. */
  readonly holdout: Duration | null
  readonly window: Duration
  /** Names of the inputs as the SQL gives them. */
  readonly inputs: readonly SelectedInput[]
}

/** An input, and what it is called where its own name is taken. */
export interface SelectedInput {
  readonly column: ColumnSniff
  readonly as: string
  readonly text: boolean
}

/** Makes the choices that depend on more than one column. */
export function draftOf(options: {
  readonly name: string
  readonly file: FileSniff
  readonly roles: ColumnRoles
  readonly by: string
}): Draft {
  const { file, roles, by } = options
  const spanMs = spanOf(roles.time)
  const days = spanMs === null ? 0 : Math.floor(spanMs / durationMs('1d'))
  return {
    name: systemName(options.name),
    source: sourceName(file.path),
    file,
    roles,
    by,
    holdout: roles.time?.nulls === 0 && days >= 5 ? `${Math.max(1, Math.round(days / 5))}d` : null,
    window: days >= 90 ? '7d' : '1d',
    inputs: roles.inputs.map((column) => ({ column, as: freeName(column.name, file), text: isLongText(column) })),
  }
}

/** Milliseconds between the first and the last row; null where unknown. */
function spanOf(time: ColumnSniff | null): number | null {
  const [from, to] = [time?.min, time?.max].map((value) => (typeof value === 'string' ? Date.parse(value) : NaN))
  const span = (to ?? NaN) - (from ?? NaN)
  return Number.isFinite(span) && span > 0 ? span : null
}

/** Lower-case letters, digits and '-', starting with a letter, at most 63. */
function systemName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 63)
  return name.replace(/-+$/, '') || 'my-system'
}

/** A table's name after its file: lower-case letters, digits and '_'. */
function sourceName(path: string): string {
  const stem = path.split(/[\\/]/).at(-1)?.split('.')[0] ?? ''
  const name = stem
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[^a-z]+|_+$/g, '')
    .slice(0, 40)
  return name === '' ? 'rows_of_file' : reservedWords.has(name) ? `${name}_rows` : name
}

/** Models answer in columns of these names, so an input cannot have them. */
function freeName(name: string, { columns }: FileSniff): string {
  if (!['label', 'probabilities', 'prediction'].includes(name)) return name
  let free = `given_${name}`
  while (columns.some((column) => column.name.toLowerCase() === free)) free = `${free}_`
  return free
}
