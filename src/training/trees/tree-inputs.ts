import { attribute, tensorText } from '#model'
import type { Field, GraphBuilder } from '#model'
import { numbersOf } from '#platform'
import type { StringColumn, Table } from '#platform'
import { asFloat32, expandTimestamp, timestampNodes } from '../encode/expand-timestamp.ts'
import type { SparseRows } from '../encode/sparse-rows.ts'
import { defaultTextOptions, encodeText, fitText } from '../encode/text-encoder.ts'
import type { TextEncoder } from '../encode/text-encoder.ts'
import { denseTextNodes } from '../encode/text-nodes.ts'
import { timestampPartNames } from '../encode/timestamp-parts.ts'
import type { TreeColumn, TreeEnsemble } from './schema.ts'

/** How one input of the model becomes columns of the trees; plain data. */
export type TreeInput =
  | { readonly kind: 'numeric'; readonly input: string }
  | { readonly kind: 'timestamp'; readonly input: string }
  | { readonly kind: 'categorical'; readonly input: string; /** By code. */ readonly categories: readonly string[] }
  | TextEncoder

/** Learns the categories and terms of the inputs. A text input becomes a column for each of its commonest terms. */
export async function fitTreeInputs(
  inputs: readonly Field[],
  table: Table,
  { textTerms }: { readonly textTerms: number },
): Promise<readonly TreeInput[]> {
  const fitted: TreeInput[] = []
  for (const { name, type } of inputs) {
    if (type === 'categorical')
      fitted.push({ kind: type, input: name, categories: categoriesOf(textColumn(table, name)) })
    else if (type === 'timestamp') fitted.push({ kind: type, input: name })
    else if (type !== 'text') fitted.push({ kind: 'numeric', input: name })
    else
      fitted.push(
        (await fitText(name, textColumn(table, name), { ...defaultTextOptions, maxTerms: textTerms })).encoder,
      )
  }
  return fitted
}

/** The columns of a table as the trees take them, those of one input side by side. */
export function treeColumns(inputs: readonly TreeInput[], table: Table): TreeColumn[] {
  return inputs.flatMap((input) => columnsOf(input, table))
}

/** How many columns an input becomes. */
export function columnCount(input: TreeInput): number {
  if (input.kind === 'timestamp') return timestampPartNames.length
  return input.kind === 'text' ? input.idf.length : 1
}

/**
 * Adds to a graph what makes the same columns of its inputs.
 * @returns float32 tensor [N, columns], or the first input where there are no columns
 */
export function treeFeatures(graph: GraphBuilder, inputs: readonly TreeInput[], ensemble: TreeEnsemble): string {
  const tensors: string[] = []
  let first = 0
  for (const input of inputs) {
    if (input.kind === 'categorical') tensors.push(codeNode(graph, input, chosenCodes(ensemble, first)))
    else if (input.kind === 'timestamp') {
      const parts = timestampNodes(graph, input.input)
      tensors.push(...timestampPartNames.map((part) => asFloat32(graph, parts[part])))
    } else if (input.kind === 'numeric') tensors.push(input.input)
    else if (input.idf.length > 0) tensors.push(stepNodes(graph, denseTextNodes(graph, input.input, input)))
    first += columnCount(input)
  }
  if (tensors.length === 0) return (inputs[0] as TreeInput).input
  return graph.node('Concat', tensors, { attributes: { axis: attribute.int(1) } })
}

function columnsOf(input: TreeInput, table: Table): TreeColumn[] {
  const name = input.input
  if (input.kind === 'numeric') return [{ kind: 'numeric', name, values: Float32Array.from(numbersOf(table, name)) }]
  if (input.kind === 'categorical') return [categoryColumn(textColumn(table, name), input)]
  if (input.kind === 'text') return termColumns(input, encodeText(input, textColumn(table, name)))
  const parts = expandTimestamp(numbersOf(table, name))
  return timestampPartNames.map((part) => ({
    kind: 'numeric',
    name: `${name} ${part}`,
    values: Float32Array.from(parts[part]),
  }))
}

function textColumn(table: Table, name: string): StringColumn {
  const column = table.columns[name]
  if (column?.kind !== 'string') throw new RangeError(`Cannot read text: the table has no text column '${name}'`)
  return column
}

/** Distinct texts of a column; the empty one is a missing value. */
function categoriesOf({ codes, dictionary }: StringColumn): readonly string[] {
  const isUsed = new Uint8Array(dictionary.length)
  for (const code of codes) if (code >= 0) isUsed[code] = 1
  const texts = dictionary.filter((_, code) => isUsed[code]).map(tensorText)
  return [...new Set(texts)].filter((text) => text !== '')
}

function categoryColumn(column: StringColumn, { input, categories }: TreeInput & { kind: 'categorical' }): TreeColumn {
  const places = new Map(categories.map((text, place) => [text, place]))
  const codeOf = column.dictionary.map((text) =>
    text === '' ? -1 : (places.get(tensorText(text)) ?? categories.length),
  )
  const codes = column.codes.map((code) => (code < 0 ? -1 : (codeOf[code] as number)))
  return { kind: 'categorical', name: input, codes, categoryCount: categories.length }
}

function termColumns(encoder: TextEncoder, rows: SparseRows): TreeColumn[] {
  const columns = encoder.vocabulary.terms.map((words) => ({
    kind: 'numeric' as const,
    name: `${encoder.input} '${words.join(' ')}'`,
    values: new Float32Array(rows.rowCount),
  }))
  for (let row = 0; row < rows.rowCount; row++)
    for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at++) {
      const column = columns[rows.places[at] as number] as (typeof columns)[number]
      column.values[row] = Math.floor((rows.values[at] as number) * steps + 0.5)
    }
  return columns
}

/**
 * Weights of terms are counted in steps: file and trainer agree on them to the last bits only, and a threshold lies
 * half a step from either side, so that these bits cannot move a row to another leaf.
 */
const steps = 4096

function stepNodes(graph: GraphBuilder, weights: string): string {
  const scaled = graph.node('Mul', [weights, graph.constant('double', [1], [steps])])
  return asFloat32(graph, graph.node('Floor', [graph.node('Add', [scaled, graph.constant('double', [1], [0.5])])]))
}

/** Codes that any split of a column chooses: all others go the same way at each of them. */
function chosenCodes({ trees }: TreeEnsemble, feature: number): readonly number[] {
  const chosen = new Set<number>()
  for (const tree of trees)
    for (const node of tree)
      if (node.kind === 'categories' && node.feature === feature) for (const code of node.codes) chosen.add(code)
  return [...chosen].filter((code) => code >= 0).sort((a, b) => a - b)
}

function codeNode(
  graph: GraphBuilder,
  { input, categories }: TreeInput & { kind: 'categorical' },
  codes: readonly number[],
): string {
  return graph.node('LabelEncoder', [input], {
    domain: 'ai.onnx.ml',
    attributes: {
      keys_strings: attribute.texts(['', ...codes.map((code) => categories[code] as string)]),
      values_floats: attribute.floats([-1, ...codes]),
      default_float: attribute.float(categories.length),
    },
  })
}
