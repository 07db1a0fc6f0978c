import type { Table } from '#platform'
import { fail } from './failures.ts'
import { feedsOf, type Feed } from './feeds.ts'
import type { GraphSession } from './graph-session.ts'
import type { Model, Scores, Signature } from './schema.ts'

/** A loaded graph with what is known of it. */
export interface ScoringGraph {
  readonly session: GraphSession
  readonly signature: Signature
  /** Rows to run at a time. */
  readonly batchRows: number
}

/** A model that scores tables with a graph, wherever that runs. Rows are scored in batches, so memory does not grow with the table. */
export function scoringModel(graph: ScoringGraph): Model {
  const { session, signature } = graph
  let isOpen = true
  return {
    signature,
    predict: async (table) => {
      if (!isOpen) throw fail('released', 'Cannot score rows: the model was released')
      return score(graph, table)
    },
    release: async () => {
      if (!isOpen) return
      isOpen = false
      await session.release()
    },
  }
}

async function score(model: ScoringGraph, table: Table): Promise<Scores> {
  const { session, signature, batchRows } = model
  const isRegression = signature.task === 'regression'
  const output = isRegression ? 'prediction' : 'probabilities'
  const width = isRegression ? 1 : signature.classes.length
  const feeds = feedsOf(signature.inputs, table)
  const found = new Float32Array(table.rowCount * width)
  for (let from = 0; from < table.rowCount; from += batchRows) {
    const to = Math.min(from + batchRows, table.rowCount)
    found.set(await run(session, { feeds, output, from, to }), from * width)
  }
  return isRegression
    ? { kind: 'numbers', values: found }
    : { kind: 'classes', classes: signature.classes, probabilities: found }
}

async function run(
  session: GraphSession,
  batch: { readonly feeds: readonly Feed[]; readonly output: string; readonly from: number; readonly to: number },
): Promise<Float32Array> {
  const tensors = Object.fromEntries(batch.feeds.map((feed) => [feed.name, feed.tensor(batch.from, batch.to)]))
  const found = await session.run(tensors, [batch.output])
  return found[batch.output]?.data as Float32Array
}
