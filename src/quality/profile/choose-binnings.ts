import type { Field } from '#model'
import { numbersOf, stringsOf, type Lake, type Workspace } from '#platform'
import type { Binning } from '../schema.ts'
import { evenEdges, type Occurrences } from './even-edges.ts'
import { numberBetween } from './number-between.ts'
import { numberSql, relationColumns, textSql, type RelationColumns } from './relation-columns.ts'
import { strideSample, type StrideSample } from './stride-sample.ts'

export interface ChooseBinningsOptions {
  /** SQL that can stand in FROM. */
  readonly relation: string
  readonly fields: readonly Field[]
}

/**
 * Chooses how each field is counted, by the values that a relation has now; one binning for each field, in their order.
 *
 * - numeric, and text by its length in characters: about 20 bins with as many rows each, edges halfway between values;
 *   where there are at most 20 distinct values, one bin for each;
 * - timestamp: 20 spans of equal length;
 * - both from the least value to just above the greatest, so that the first and the last bin are for values out of this
 *   range; without a value one bin for all;
 * - boolean: one edge, 0.5;
 * - categorical: the 100 most frequent values, ties by name, the most frequent first.
 *
 * Edges of numbers come from every k-th value (k = 1 up to 65,536 values), the range from all of them. The same rows in
 * the same order give the same binnings.
 *
 * @throws {Failure} `quality/unknownColumn`, `platform/badSql`
 */
export async function chooseBinnings(
  { lake }: Pick<Workspace, 'lake'>,
  { relation, fields }: ChooseBinningsOptions,
): Promise<readonly Binning[]> {
  const names = fields.map(({ name }) => name)
  const source = { relation, columns: await relationColumns(lake, relation, names) }
  const samples = await sampleNumbers(
    lake,
    source,
    fields.filter(({ type }) => type === 'numeric' || type === 'timestamp'),
  )
  const binnings: Binning[] = []
  for (const field of fields) {
    const column = field.name
    const sample = samples.get(column)
    if (sample) binnings.push({ column, kind: 'edges', edges: edgesOfNumbers(sample, field) })
    else if (field.type === 'boolean') binnings.push({ column, kind: 'edges', edges: [0.5] })
    else if (field.type === 'text')
      binnings.push({ column, kind: 'edges', edges: await lengthEdges(lake, source, column) })
    else binnings.push({ column, kind: 'values', values: await topValues(lake, source, column) })
  }
  return binnings
}

interface Source {
  readonly relation: string
  readonly columns: RelationColumns
}

async function sampleNumbers(
  lake: Lake,
  { relation, columns }: Source,
  fields: readonly Field[],
): Promise<ReadonlyMap<string, StrideSample>> {
  const samples = fields.map(() => strideSample(sampleSize))
  if (fields.length > 0) {
    const sql = fields.map((field, place) => `${numberSql(columns, field)} as c${place}`)
    await lake.scan(`select ${sql.join(', ')} from ${relation}`, (piece) => {
      for (const [place, sample] of samples.entries()) sample.add(numbersOf(piece, `c${place}`))
    })
  }
  return new Map(fields.map(({ name }, place) => [name, samples[place] as StrideSample]))
}

function edgesOfNumbers(sample: StrideSample, { type }: Field): number[] {
  const range = sample.range()
  if (!range) return []
  return type === 'timestamp' ? evenSpans(range) : withRange(evenEdges(sample.occurrences(), binCount), range)
}

interface Range {
  readonly min: number
  readonly max: number
}

/** Inner edges within the least value and just above the greatest. */
function withRange(inner: readonly number[], { min, max }: Range): number[] {
  const step = (max - min) * slight || Math.abs(max) * slight || slight
  const nextUp = max + Math.abs(max) * 2 ** -52
  const above = Math.min(max + step > max ? max + step : nextUp, Number.MAX_VALUE)
  return [...new Set([min, ...inner, above > max ? numberBetween(max, above) : max])]
}

/** Whole milliseconds. */
function evenSpans({ min, max }: Range): number[] {
  const end = Math.floor(max) + 1
  const edges = Array.from({ length: binCount + 1 }, (_, place) => Math.ceil(min + ((end - min) * place) / binCount))
  return [...new Set([min, ...edges])].sort((a, b) => a - b)
}

async function lengthEdges(lake: Lake, { relation, columns }: Source, column: string): Promise<number[]> {
  const lengths = await lake.table(`
    select length(${textSql(columns, column)})::double as length, count(*)::double as n
    from ${relation} group by length having length > 0 order by length`)
  const occurrences: Occurrences = { values: numbersOf(lengths, 'length'), counts: numbersOf(lengths, 'n') }
  const { values } = occurrences
  if (values.length === 0) return []
  const range = { min: values[0] as number, max: values[values.length - 1] as number }
  return withRange(evenEdges(occurrences, binCount), range)
}

/** Text with a NUL inside has no place in SQL: it counts as another value. */
async function topValues(lake: Lake, { relation, columns }: Source, column: string): Promise<string[]> {
  const table = await lake.table(`
    select ${textSql(columns, column)} as v from ${relation}
    group by v having length(v) > 0 and not contains(v, chr(0)) order by count(*) desc, v limit ${mostValues}`)
  return stringsOf(table, 'v') as string[]
}

const binCount = 20
const mostValues = 100
const sampleSize = 65_536

/** Part of the range by which the last edge lies above the greatest value. */
const slight = 1e-6
