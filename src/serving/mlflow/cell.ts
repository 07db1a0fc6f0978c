import { datatypes } from '../inference/datatypes.ts'
import type { Datatype } from '../inference/schema.ts'

/** A value as a tensor holds it. */
export type Element = number | bigint | string

/**
 * The element of a tensor that a value of JSON stands for; undefined where it stands for none of that datatype. A
 * missing value (null) is NaN among floats and '' among texts, and nothing else has one.
 */
export function elementOf(cell: unknown, datatype: Datatype): Element | undefined {
  if (datatype === 'BYTES') return cell === null ? '' : typeof cell === 'string' ? cell : undefined
  if (datatype === 'FP32' || datatype === 'FP64') return cell === null ? NaN : numberOf(cell)
  if (datatype === 'FP16') return undefined
  const number = numberOf(cell)
  if (number === undefined || !Number.isInteger(number)) return undefined
  if (datatype === 'INT64' || datatype === 'UINT64') return wideInteger(cell, datatype)
  if (datatype === 'BOOL') return number === 0 || number === 1 ? number : undefined
  const { bytes } = datatypes[datatype]
  const least = datatype.startsWith('U') ? 0 : -(2 ** (8 * bytes - 1))
  return number >= least && number < least + 2 ** (8 * bytes) ? number : undefined
}

/** The value of JSON that the text of a CSV cell stands for; numbers in the forms that pandas reads and writes. */
export function cellOfText(text: string, datatype: Datatype): unknown {
  if (datatype === 'BYTES') return text
  const trimmed = text.trim()
  if (missing.has(trimmed)) return null
  if (/^true$/i.test(trimmed)) return true
  if (/^false$/i.test(trimmed)) return false
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(trimmed)
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity
  if (/^[+-]?\d{16,20}$/.test(trimmed)) return BigInt(trimmed.replace('+', ''))
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text
}

/** What pandas takes for missing. */
const missing: ReadonlySet<string> = new Set(
  ['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN'].concat([
    '<NA>',
    'N/A',
    'NA',
    'NULL',
    'NaN',
    'None',
    'n/a',
    'nan',
    'null',
  ]),
)

function numberOf(cell: unknown): number | undefined {
  if (typeof cell === 'number') return cell
  return typeof cell === 'boolean' || typeof cell === 'bigint' ? Number(cell) : undefined
}

function wideInteger(cell: unknown, datatype: 'INT64' | 'UINT64'): bigint | undefined {
  const integer = BigInt(cell as number | bigint | boolean)
  const fits = datatype === 'INT64' ? BigInt.asIntN(64, integer) : BigInt.asUintN(64, integer)
  return fits === integer ? integer : undefined
}
