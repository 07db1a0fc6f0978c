import { setImmediate as turn } from 'node:timers/promises'
import { isFailure, type Column } from '#platform'
import { usedTexts } from './encode/used-texts.ts'
import type { PartOutcome, TrainingData, TrainingOrder, TrainingPart } from './schema.ts'
import { trainInPlace, type TrainingWatch } from './train-in-place.ts'
import { takeTrainingRows } from './training-rows.ts'

export interface PartsWatch extends Pick<TrainingWatch, 'signal'> {
  /** Called after each part. */
  readonly onPart?: () => void
}

/**
 * Trains the same order on each part of the data, one after another in the calling thread. A part depends on nothing but
 * its own rows and seed; one that cannot be learned from is refused, and the others go on.
 * @throws what is no failure of the part's own data, and the signal's reason
 */
export async function trainParts(
  data: TrainingData,
  order: Omit<TrainingOrder, 'seed'>,
  { parts, signal, onPart }: PartsWatch & { readonly parts: readonly TrainingPart[] },
): Promise<readonly PartOutcome[]> {
  const outcomes: PartOutcome[] = []
  for (const part of parts) {
    // Between two parts the thread has time for others.
    await turn()
    signal?.throwIfAborted()
    outcomes.push(await trainPart(data, { ...order, seed: part.seed }, { part, signal }))
    onPart?.()
  }
  return outcomes
}

async function trainPart(
  data: TrainingData,
  order: TrainingOrder,
  { part, signal }: { part: TrainingPart; signal: AbortSignal | undefined },
): Promise<PartOutcome> {
  const rows = ownTexts(takeTrainingRows(data, part.places))
  try {
    return { name: part.name, trained: await trainInPlace(rows, order, signal ? { signal } : {}), refused: null }
  } catch (error) {
    if (!isFailure(error) || signal?.aborted) throw error
    return { name: part.name, trained: null, refused: error.message }
  }
}

/** The dictionaries of the whole table can be far longer than a part: only what its rows hold is learned from. */
function ownTexts(data: TrainingData): TrainingData {
  const own = (column: Column): Column => (column.kind === 'string' ? usedTexts(column) : column)
  const columns = data.inputs.flatMap(({ name }) => {
    const column = data.table.columns[name]
    return column ? [[name, own(column)] as const] : []
  })
  return { ...data, table: { rowCount: data.table.rowCount, columns: Object.fromEntries(columns) } }
}
