import type { Scores } from '#model'
import { takeRows, type Column, type Random, type Table } from '#platform'
import { measureOne } from './measure.ts'
import { metricOf } from './metrics.ts'
import { takeTruth, type Judgement } from './sample/judged-rows.ts'

export interface ImportanceOptions extends Omit<Judgement, 'scores' | 'decisions'> {
  /** Held-out rows with a column per input. */
  readonly table: Table
  readonly inputs: readonly string[]
  readonly predict: (table: Table) => Scores | Promise<Scores>
  readonly primary: string
  readonly random: Random
  /** Shuffles of each input. */
  readonly repeats?: number | undefined
  /** A seeded sample beyond this many rows. */
  readonly maxRows?: number | undefined
}

/** How much a model leans on one input. */
export interface InputImportance {
  readonly input: string
  /** Mean loss of the primary metric when the input is shuffled; about 0 for an input that does not matter. */
  readonly value: number
  /** Standard deviation over the shuffles. */
  readonly deviation: number
}

/**
 * What each input is worth to a model: how much worse the primary metric becomes on held-out rows when the input's values
 * are shuffled between rows. Inputs that say the same share their worth, so each looks less than it is.
 *
 * @returns largest first; equal ones in the order of `inputs`
 * @throws {Failure} as `evaluate`, and what `predict` throws
 * @see Breiman (2001), Random forests; Fisher, Rudin & Dominici (2019)
 */
export async function permutationImportance(options: ImportanceOptions): Promise<InputImportance[]> {
  const { random, primary, predict, repeats = 5, maxRows = 2000 } = options
  const places = samplePlaces(options.table.rowCount, { maxRows, random: random.fork('rows') })
  const table = takeRows(options.table, places)
  const truth = takeTruth(options.truth, places)
  const weights = options.weights && Float64Array.from(places, (row) => options.weights?.[row] as number)
  const valueOn = async (rows: Table): Promise<number> =>
    measureOne({ ...options, scores: await predict(rows), truth, weights }, primary)
  const sign = metricOf(primary, options.task).better === 'lower' ? 1 : -1
  const whole = await valueOn(table)
  const found: InputImportance[] = []
  for (const input of options.inputs) {
    const column = table.columns[input]
    if (!column) throw new RangeError(`Cannot measure the importance of '${input}': the table has no such column`)
    const losses: number[] = []
    for (let repeat = 0; repeat < repeats; repeat++) {
      const columns = { ...table.columns, [input]: shuffled(column, random.fork(`${input}/${repeat}`)) }
      losses.push(sign * ((await valueOn({ rowCount: table.rowCount, columns })) - whole))
    }
    const value = losses.reduce((sum, loss) => sum + loss, 0) / repeats
    const variance = losses.reduce((sum, loss) => sum + (loss - value) ** 2, 0) / repeats
    found.push({ input, value, deviation: Math.sqrt(variance) })
  }
  return found.sort((a, b) => b.value - a.value)
}

function samplePlaces(rows: number, { maxRows, random }: { maxRows: number; random: Random }): Int32Array {
  const all = Int32Array.from({ length: rows }, (_, row) => row)
  return rows <= maxRows ? all : Int32Array.from(random.shuffle([...all]).slice(0, maxRows)).sort()
}

function shuffled(column: Column, random: Random): Column {
  return column.kind === 'number'
    ? { ...column, values: Float64Array.from(random.shuffle([...column.values])) }
    : { ...column, codes: Int32Array.from(random.shuffle([...column.codes])) }
}
