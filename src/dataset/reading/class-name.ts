import type { FieldType } from '#model'

/** Name of the class that a number or a truth stands for. */
export const className = (value: number, type: FieldType): string =>
  type === 'boolean' ? String(value === 1) : String(value)
