import type { Field } from '#model'
import type { Table } from '#platform'
import { fitCategory } from './category-encoder.ts'
import type { CategoryEncoder, CategoryOptions } from './category-encoder.ts'
import { fitNumber } from './number-encoder.ts'
import type { NumberEncoder } from './number-encoder.ts'
import type { SparseRows } from './sparse-rows.ts'
import { fitText } from './text-encoder.ts'
import type { TextEncoder, TextOptions } from './text-encoder.ts'
import { fitTimestamp } from './timestamp-encoder.ts'
import type { TimestampEncoder } from './timestamp-encoder.ts'

/**
 * How a table becomes the features of a linear model: what was learned from the training table, as plain data. A
 * column that says nothing has no encoder.
 *
 * Features stand in this order: `denseWidth` of numbers (with their flags) and trends, then `codedWidth` of categories
 * and calendar parts, then the terms of the texts.
 */
export interface FeatureEncoder {
  readonly numbers: readonly NumberEncoder[]
  readonly timestamps: readonly TimestampEncoder[]
  readonly categories: readonly CategoryEncoder[]
  readonly texts: readonly TextEncoder[]
  readonly denseWidth: number
  readonly codedWidth: number
  /** All features. */
  readonly width: number
}

export interface FeatureOptions {
  readonly category: CategoryOptions
  readonly text: TextOptions
}

/**
 * Learns an encoder from the training table.
 * @returns it, and the training rows of each text, which are split by the nodes that will serve them
 */
export async function fitFeatures(
  inputs: readonly Field[],
  table: Table,
  options: FeatureOptions,
): Promise<{ readonly encoder: FeatureEncoder; readonly textRows: readonly SparseRows[] }> {
  const numbers: NumberEncoder[] = []
  const timestamps: TimestampEncoder[] = []
  const categories: CategoryEncoder[] = []
  const texts: Awaited<ReturnType<typeof fitText>>[] = []
  const keep = <T>(list: T[], fitted: T | undefined): void => void (fitted && list.push(fitted))
  for (const { name, type } of inputs) {
    const column = table.columns[name]
    if (column?.kind === 'number') {
      if (type === 'timestamp') keep(timestamps, fitTimestamp(name, column.values))
      else keep(numbers, fitNumber(name, column.values))
    } else if (column) {
      if (type === 'text') keep(texts, await fitText(name, column, options.text))
      else keep(categories, fitCategory(name, column, options.category))
    }
  }
  const known = texts.filter(({ encoder }) => encoder.vocabulary.terms.length > 0)
  const parts = { numbers, timestamps, categories, texts: known.map(({ encoder }) => encoder) }
  return { encoder: { ...parts, ...widthsOf(parts) }, textRows: known.map(({ rows }) => rows) }
}

/** The input that each feature is made of, shape [width]. */
export function featureInputs(encoder: FeatureEncoder): readonly string[] {
  const times = (input: string, count: number): string[] => Array.from({ length: count }, () => input)
  return [
    ...encoder.numbers.flatMap(({ input, hasFlag }) => times(input, hasFlag ? 2 : 1)),
    ...encoder.timestamps.flatMap(({ input, trend }) => times(input, trend ? 1 : 0)),
    ...encoder.categories.flatMap(({ input, categories }) => times(input, categories.length)),
    ...encoder.timestamps.flatMap(({ input, parts }) => times(input, sum(parts.map(({ values }) => values.length)))),
    ...encoder.texts.flatMap(({ input, vocabulary }) => times(input, vocabulary.terms.length)),
  ]
}

type Encoders = Pick<FeatureEncoder, 'numbers' | 'timestamps' | 'categories' | 'texts'>

function widthsOf({ numbers, timestamps, categories, texts }: Encoders) {
  const denseWidth =
    sum(numbers.map(({ hasFlag }) => (hasFlag ? 2 : 1))) + timestamps.filter(({ trend }) => trend).length
  const codedWidth =
    sum(categories.map((category) => category.categories.length)) +
    sum(timestamps.flatMap(({ parts }) => parts.map(({ values }) => values.length)))
  const textWidth = sum(texts.map(({ vocabulary }) => vocabulary.terms.length))
  return { denseWidth, codedWidth, width: denseWidth + codedWidth + textWidth }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
