/** Numbers, booleans (0 and 1) and moments (epoch milliseconds); NaN is null. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly values: Float64Array
}

/** Text by dictionary: `codes[i]` is the place in `dictionary`, −1 is null. */
export interface StringColumn {
  readonly kind: 'string'
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

export type Column = NumberColumn | StringColumn

/** Rows held by column: what flows between the lake, the trainers and the models. Plain data, so threads can pass it. */
export interface Table {
  readonly rowCount: number
  readonly columns: Readonly<Record<string, Column>>
}

/**
 * The numbers of a column, shape [rows].
 * @throws RangeError when the table has no such number column
 */
export function numbersOf(table: Table, name: string): Float64Array {
  const column = table.columns[name]
  if (column?.kind !== 'number') throw new RangeError(`Cannot read numbers: the table has no number column '${name}'`)
  return column.values
}

/**
 * The text of a column, shape [rows], null where missing.
 * @throws RangeError when the table has no such text column
 */
export function stringsOf(table: Table, name: string): (string | null)[] {
  const column = table.columns[name]
  if (column?.kind !== 'string') throw new RangeError(`Cannot read text: the table has no text column '${name}'`)
  return Array.from(column.codes, (code) => (code < 0 ? null : (column.dictionary[code] as string)))
}

/** A number column of any list; null and undefined become NaN. */
export function numberColumn(values: ArrayLike<number | boolean | null | undefined>): NumberColumn {
  return {
    kind: 'number',
    values: Float64Array.from(values, (value) => (value === null || value === undefined ? NaN : Number(value))),
  }
}

/** A text column of any list; the dictionary stands in order of first appearance. */
export function stringColumn(values: ArrayLike<string | null | undefined>): StringColumn {
  const places = new Map<string, number>()
  const codes = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === null || value === undefined) {
      codes[i] = -1
      continue
    }
    let place = places.get(value)
    if (place === undefined) places.set(value, (place = places.size))
    codes[i] = place
  }
  return { kind: 'string', codes, dictionary: [...places.keys()] }
}

/** The rows at `places`, in that order. Dictionaries are shared, not copied. */
export function takeRows(table: Table, places: ArrayLike<number>): Table {
  const take = (column: Column): Column => {
    if (column.kind === 'number') {
      const values = new Float64Array(places.length)
      for (let i = 0; i < places.length; i++) values[i] = column.values[places[i] as number] as number
      return { kind: 'number', values }
    }
    const codes = new Int32Array(places.length)
    for (let i = 0; i < places.length; i++) codes[i] = column.codes[places[i] as number] as number
    return { kind: 'string', codes, dictionary: column.dictionary }
  }
  return {
    rowCount: places.length,
    columns: Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, take(column)])),
  }
}

/** The rows from `from` on, before `to`; values and dictionaries are shared, not copied. */
export function sliceRows(table: Table, from: number, to: number): Table {
  const slice = (column: Column): Column =>
    column.kind === 'number'
      ? { kind: 'number', values: column.values.subarray(from, to) }
      : { kind: 'string', codes: column.codes.subarray(from, to), dictionary: column.dictionary }
  return {
    rowCount: to - from,
    columns: Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, slice(column)])),
  }
}

/** One value as JSON shows it: a number, a text, or null. */
export function cellOf(column: Column, row: number): number | string | null {
  if (column.kind === 'number') {
    const value = column.values[row] as number
    return Number.isNaN(value) ? null : value
  }
  const code = column.codes[row] as number
  return code < 0 ? null : (column.dictionary[code] as string)
}
