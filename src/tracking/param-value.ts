import type { Scalar } from './schema.ts'
import type { ParamRow } from './store/tables.ts'

/** A parameter as it is stored: as text, and what it was before. */
export function paramRow(run: number, name: string, value: Scalar): ParamRow {
  return {
    run,
    name,
    value: String(value),
    type: typeof value === 'string' ? null : (typeof value as 'number' | 'boolean'),
  }
}

/** The value that a parameter was given as. */
export function paramValue({ value, type }: ParamRow): Scalar {
  if (type === 'number') return Number(value)
  return type === 'boolean' ? value === 'true' : value
}
