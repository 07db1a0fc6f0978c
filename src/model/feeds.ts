import type { Column, NumberColumn, StringColumn, Table } from '#platform'
import { fail } from './failures.ts'
import type { GraphTensor } from './graph-session.ts'
import type { Field } from './schema.ts'
import { tensorText } from './tensor-text.ts'

/** One input's column, ready to be cut into tensors [to − from, 1]. */
export interface Feed {
  readonly name: string
  tensor(from: number, to: number): GraphTensor
}

/**
 * Prepares a table's columns for the graph: missing numbers are NaN, missing text is ''. A column that is all missing
 * fits every input, for nothing tells its kind.
 * @throws {Failure} `model/missingInput` when an input has no column
 * @throws {Failure} `model/wrongInputType` when a column holds text for numbers, or numbers for text
 */
export function feedsOf(inputs: readonly Field[], table: Table): readonly Feed[] {
  return inputs.map((field) => {
    const column = table.columns[field.name]
    if (!column) throw fail('missingInput', `Cannot score rows: the table has no column '${field.name}'`)
    return isText(field) ? textFeed(field, column) : numberFeed(field, column)
  })
}

function numberFeed(field: Field, column: Column): Feed {
  const { values } = column.kind === 'number' ? column : noNumbers(field, column)
  const { name, type } = field
  return {
    name,
    tensor: (from, to) =>
      type === 'timestamp'
        ? { type: 'float64', data: values.slice(from, to), shape: [to - from, 1] }
        : { type: 'float32', data: narrowed(values, from, to), shape: [to - from, 1] },
  }
}

/** Doubles as floats: a loop, since for a few values it costs a tenth of a view and a conversion. */
// oxlint-disable-next-line max-params -- a hot loop
function narrowed(values: Float64Array, from: number, to: number): Float32Array {
  const data = new Float32Array(to - from)
  for (let row = from; row < to; row++) data[row - from] = values[row] as number
  return data
}

function textFeed(field: Field, column: Column): Feed {
  const { codes, dictionary } = column.kind === 'string' ? column : noTexts(field, column)
  // The dictionary of a few rows can be that of a large table: then only what occurs is read.
  const texts = dictionary.length <= codes.length ? dictionary.map(tensorText) : undefined
  const textOf = (code: number): string => (texts ? (texts[code] as string) : tensorText(dictionary[code] as string))
  return {
    name: field.name,
    tensor: (from, to) => {
      const cells = Array.from<string>({ length: to - from })
      for (let row = from; row < to; row++) {
        const code = codes[row] as number
        cells[row - from] = code < 0 ? '' : textOf(code)
      }
      return { type: 'string', data: cells, shape: [to - from, 1] }
    },
  }
}

function noNumbers(field: Field, { codes }: StringColumn): Pick<NumberColumn, 'values'> {
  if (codes.some((code) => code >= 0))
    throw fail('wrongInputType', `Cannot score rows: input '${field.name}' is ${field.type}, its column holds text`)
  return { values: new Float64Array(codes.length).fill(NaN) }
}

function noTexts(field: Field, { values }: NumberColumn): Pick<StringColumn, 'codes' | 'dictionary'> {
  if (values.some((value) => !Number.isNaN(value)))
    throw fail('wrongInputType', `Cannot score rows: input '${field.name}' is ${field.type}, its column holds numbers`)
  return { codes: new Int32Array(values.length).fill(-1), dictionary: [] }
}

const isText = (field: Field): boolean => field.type === 'categorical' || field.type === 'text'
