import { takeRows, type Table } from '#platform'
import { putScores } from '../put-scores.ts'
import type { Model, Scores } from '../schema.ts'
import type { ResidentModels } from './resident-models.ts'
import { rowsBySegment } from './rows-by-segment.ts'

export interface PartitionedOptions {
  /** Answers for the rows of segments without a model of their own, and says what goes in and comes out. */
  readonly pooled: Model
  /** Column whose text is the segment of a row; an input of the pooled model. */
  readonly by: string
  /** Segments with a model of their own. */
  readonly segments: ReadonlySet<string>
  /** Their models. */
  readonly models: ResidentModels
}

/**
 * Many models as one: each row is scored by the model of its segment, and the scores stand in the order of the rows. A
 * segment's model knows the classes of the pooled one, in the same order.
 */
export function partitionedModel({ pooled, by, segments, models }: PartitionedOptions): Model {
  return {
    signature: pooled.signature,
    predict: async (table, options) => {
      const bySegment = [...rowsBySegment(table, by)].filter(([segment]) => segments.has(segment))
      const places = pooledPlaces(table.rowCount, bySegment)
      if (places.length === table.rowCount) return pooled.predict(table, options)
      const scores = emptyScores(pooled, table.rowCount)
      if (places.length > 0) putScores(scores, await pooled.predict(takeRows(table, places), options), places)
      // One after another: the runtime blocks its thread anyway, and no more models are open than the cap lets.
      for (const [segment, rows] of openFirst(bySegment, models))
        putScores(scores, await models.use(segment, (model) => model.predict(rowsAt(table, rows), options)), rows)
      return scores
    },
    release: async () => {
      await models.close()
      await pooled.release()
    },
  }
}

/** Those that are open before the others, which would push them out: rows of all segments, time and again, open the fewest. */
function openFirst<Rows>(
  bySegment: readonly (readonly [string, Rows])[],
  models: ResidentModels,
): readonly (readonly [string, Rows])[] {
  const open = new Set(models.resident())
  return [...bySegment.filter(([segment]) => open.has(segment)), ...bySegment.filter(([segment]) => !open.has(segment))]
}

function pooledPlaces(rowCount: number, bySegment: readonly (readonly [string, Int32Array])[]): Int32Array {
  const taken = new Uint8Array(rowCount)
  for (const [, rows] of bySegment) for (const row of rows) taken[row] = 1
  return Int32Array.from(taken.keys()).filter((row) => taken[row] === 0)
}

const rowsAt = (table: Table, places: Int32Array): Table =>
  places.length === table.rowCount ? table : takeRows(table, places)

function emptyScores({ signature: { task, classes } }: Model, rows: number): Scores {
  return task === 'regression'
    ? { kind: 'numbers', values: new Float32Array(rows) }
    : { kind: 'classes', classes, probabilities: new Float32Array(rows * classes.length) }
}
