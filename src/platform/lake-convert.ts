import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api'
import type { Column } from './table.ts'

/** The part of a DuckDB vector that is read here. */
export interface Vector {
  readonly itemCount: number
  readonly items?: ArrayLike<number | bigint | string>
  readonly validity?: Validity
  getItem(row: number): unknown
}

/** Which items of a vector are not null: a bit for each, from the lowest of the first number on. */
interface Validity {
  /** Null where every item is valid. */
  readonly data?: BigUint64Array | null
  readonly offset?: number
  itemValid(row: number): boolean
}

/** Collects one result column, chunk by chunk. */
export interface ColumnCollector {
  take(vector: Vector, start: number, count: number): void
  finish(): Column
}

const microsPerMs = 1000n
const dayMs = 86_400_000

/** The collector of a DuckDB type: numbers, booleans and moments become numbers, all else text. */
export function collectorOf(type: DuckDBType, rowCount: number): ColumnCollector {
  const convert = numberOf(type)
  return convert ? numberCollector(rowCount, convert) : textCollector(rowCount)
}

function numberOf(type: DuckDBType): ((value: unknown) => number) | 'plain' | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
      return 'plain'
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.BOOLEAN:
      return Number
    case DuckDBTypeId.DECIMAL:
      return (value) => (value as { toDouble(): number }).toDouble()
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return (value) => Number((value as { micros: bigint }).micros / microsPerMs)
    case DuckDBTypeId.TIMESTAMP_MS:
      return (value) =>
        Number(
          (value as { milliseconds?: bigint; millis?: bigint }).milliseconds ?? (value as { millis: bigint }).millis,
        )
    case DuckDBTypeId.TIMESTAMP_S:
      return (value) => Number((value as { seconds: bigint }).seconds) * 1000
    case DuckDBTypeId.TIMESTAMP_NS:
      return (value) => Number((value as { nanos: bigint }).nanos / 1_000_000n)
    case DuckDBTypeId.DATE:
      return (value) => (value as { days: number }).days * dayMs
    default:
      return undefined
  }
}

function numberCollector(rowCount: number, convert: ((value: unknown) => number) | 'plain'): ColumnCollector {
  const values = new Float64Array(rowCount)
  return {
    take: (vector, start, count) => {
      const { items, validity } = vector
      if (convert === 'plain' && items) {
        // By the array: a loop over items of many array types runs ten times as long.
        values.set(items as ArrayLike<number>, start)
        if (validity) markMissing(values.subarray(start, start + count), validity)
        return
      }
      const read = convert === 'plain' ? Number : convert
      for (let i = 0; i < count; i++) {
        const item = vector.getItem(i)
        values[start + i] = item === null || item === undefined ? NaN : read(item)
      }
    },
    finish: () => ({ kind: 'number', values }),
  }
}

function markMissing(values: Float64Array, validity: Validity): void {
  const { data, offset = 0 } = validity
  if (data === null) return
  const bytes = data && new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  for (let i = 0; i < values.length; i++) {
    const bit = offset + i
    const isValid = bytes ? (((bytes[bit >> 3] as number) >> (bit & 7)) & 1) === 1 : validity.itemValid(i)
    if (!isValid) values[i] = NaN
  }
}

function textCollector(rowCount: number): ColumnCollector {
  const codes = new Int32Array(rowCount)
  const places = new Map<string, number>()
  return {
    take: (vector, start, count) => {
      for (let i = 0; i < count; i++) {
        const item = vector.getItem(i)
        if (item === null || item === undefined) {
          codes[start + i] = -1
          continue
        }
        const text = typeof item === 'string' ? item : (item as { toString(): string }).toString()
        let place = places.get(text)
        if (place === undefined) places.set(text, (place = places.size))
        codes[start + i] = place
      }
    },
    finish: () => ({ kind: 'string', codes, dictionary: [...places.keys()] }),
  }
}
