import type { FieldType } from '#model'
import type { SourceRow, Value } from '../compiled/value.ts'
import { sqlKind } from '../columns/sql-kind.ts'
import { fail } from '../failures.ts'
import { suggestion } from '../sql/nearest-name.ts'
import { readMoment } from './read-moment.ts'
import type { FormField, RequestForm } from './request-form.ts'

/** Rows of a request, checked. */
export interface CheckedRows {
  /** Values for the SQL by row, in the order of the columns of its source; moments are epoch milliseconds. */
  readonly source: readonly SourceRow[]
  /** Values of dataset columns that the request gives itself, by column, one per row. */
  readonly direct: ReadonlyMap<string, readonly (number | string | null)[]>
}

/** Checks the rows of requests of one form. */
export type CheckRows = (rows: readonly Readonly<Record<string, unknown>>[]) => CheckedRows

/**
 * Makes what checks the rows of a request against what it may hold.
 *
 * A dataset column that a row gives itself stands for itself, and what it alone would be made from need not be given. It
 * throws `dataset/noRequest`, `unknownField`, `missingField` or `wrongFieldType`, each naming row and column.
 */
export function rowChecks(form: RequestForm): CheckRows {
  const fields = new Map(form.fields.map((field) => [field.name, field]))
  const direct = form.fields.filter(({ goes }) => goes === 'direct')
  const source = (form.query?.source.columns ?? []).map(({ name }) => {
    const field = fields.get(name)
    return field?.goes === 'source' ? field : undefined
  })
  const directNames = new Set(direct.map(({ name }) => name))
  const usual = [...requiredNames(form, new Set())]
  return (rows) => {
    if (rows.length === 0) throw fail('noRequest', 'Cannot predict: the request has no row')
    const given = givenNames(rows, { fields, direct: directNames })
    const required = given.size === 0 ? usual : [...requiredNames(form, given)]
    rows.forEach((row, place) => {
      for (const name of required) if (!(name in row)) throw missing(name, { place, fields })
    })
    return {
      source: rows.map((row, place) =>
        source.map((field) => (field ? (checkValue(row[field.name], field, place) as Value) : null)),
      ),
      direct: new Map(
        direct
          .filter((field) => given.has(field.name))
          .map((field) => [
            field.name,
            rows.map((row, place) => directValue(checkValue(row[field.name], field, place))),
          ]),
      ),
    }
  }
}

/** Columns of the dataset that rows give themselves; every column that they hold is known. */
function givenNames(
  rows: readonly Readonly<Record<string, unknown>>[],
  { fields, direct }: { readonly fields: ReadonlyMap<string, FormField>; readonly direct: ReadonlySet<string> },
): ReadonlySet<string> {
  const given = new Set<string>()
  rows.forEach((row, place) => {
    if (row === null || typeof row !== 'object' || Array.isArray(row))
      throw fail('wrongFieldType', `Cannot predict row ${place}: it is ${shown(row)}, expected an object of columns`, {
        details: { row: place },
      })
    for (const name of Object.keys(row)) {
      if (!fields.has(name))
        throw fail(
          'unknownField',
          `Cannot predict row ${place}: there is no column '${name}'${suggestion(name, [...fields.keys()])}`,
          {
            details: { row: place, column: name },
          },
        )
      if (direct.has(name)) given.add(name)
    }
  })
  return given
}

/** Columns that every row must have, given those that come as they are. */
function requiredNames({ fields, needed, query }: RequestForm, given: ReadonlySet<string>): ReadonlySet<string> {
  const isDirect = (name: string): boolean => fields.some((field) => field.name === name && field.goes === 'direct')
  const required = new Set<string>()
  for (const { name } of needed) {
    if (isDirect(name) && given.has(name)) required.add(name)
    else for (const from of query?.madeFrom.get(name) ?? [name]) required.add(from)
  }
  return required
}

function missing(name: string, { place, fields }: { place: number; fields: ReadonlyMap<string, FormField> }): Error {
  const type = fields.get(name)?.type ?? 'text'
  return fail(
    'missingField',
    `Cannot predict row ${place}: it has no '${name}', expected ${expectedOf[type]} or null`,
    {
      details: { row: place, column: name, expected: type },
    },
  )
}

function checkValue(value: unknown, field: FormField, row: number): unknown {
  if (value === null || value === undefined) return null
  const kept = accept(value, field)
  if (kept !== undefined) return kept
  const whole = isWhole(field) ? 'a whole number' : expectedOf[field.type]
  throw fail(
    'wrongFieldType',
    `Cannot predict row ${row}: '${field.name}' is ${shown(value)}, expected ${whole} or null`,
    {
      details: { row, column: field.name, expected: field.type, given: shown(value) },
    },
  )
}

/** The value as the SQL and the inputs take it; undefined where it is of the wrong type. */
function accept(value: unknown, field: FormField): unknown {
  switch (field.type) {
    case 'numeric':
      if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
      return isWhole(field) && !Number.isSafeInteger(value) ? undefined : value
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'timestamp': {
      const moment = readMoment(value)
      if (moment === undefined) return undefined
      return field.goes === 'source' ? Math.trunc(moment) : moment
    }
    default:
      return typeof value === 'string' ? value : undefined
  }
}

const isWhole = ({ sqlType }: FormField): boolean =>
  sqlType !== null && sqlKind(sqlType) === 'number' && /INT/.test(sqlType)

const directValue = (value: unknown): number | string | null =>
  typeof value === 'boolean' ? Number(value) : (value as number | string | null)

const expectedOf: Readonly<Record<FieldType, string>> = {
  numeric: 'a number',
  boolean: 'true or false',
  timestamp: "a moment such as '2001-05-10T08:30:00Z'",
  categorical: 'text',
  text: 'text',
}

/** A value as messages show it, cut where it is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
