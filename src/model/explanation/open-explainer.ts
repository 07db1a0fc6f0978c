import { setImmediate } from 'node:timers/promises'
import type { Table } from '#platform'
import { fail } from '../failures.ts'
import { feedsOf } from '../feeds.ts'
import type { Feed } from '../feeds.ts'
import type { GraphSession } from '../graph-session.ts'
import { openSession } from '../open-session.ts'
import type { Signature } from '../schema.ts'
import { batchRowsOf, readSignature } from '../signature.ts'
import type { Contributor, Explainer, Explanation, FoundTensors, ScoreScale } from './contributor.ts'
import { exposeTensors } from './expose-tensors.ts'
import { readGraphParts } from './graph-parts.ts'
import { linearContributor } from './linear-contributor.ts'
import { readExplanationPlan } from './plan.ts'
import { treesContributor } from './trees-contributor.ts'

/**
 * Opens an ONNX file for explaining its scores. The features of a row are those that the graph itself computes on its way
 * to the score, so that they cannot differ. A row of trees takes time in proportion to trees · leaves · depth, about 3 ms for
 * 300 trees of 31 leaves; the event loop gets its turn between rows.
 * @throws {Failure} `model/noExplanation`, `model/unexplainable`, `model/unreadable` or `model/noSignature`
 */
export async function openExplainer(bytes: Uint8Array): Promise<Explainer> {
  const plan = readExplanationPlan(bytes)
  const signature = readSignature(bytes)
  const graph = readGraphParts(bytes)
  const inputCount = signature.inputs.length
  const contributor =
    plan.kind === 'trees' ? treesContributor(plan, graph, inputCount) : linearContributor(plan, graph, inputCount)
  const tensors = [...contributor.tensors, { name: plan.score, type: 'double' as const }]
  const session = await openSession(exposeTensors(bytes, tensors))
  const opened = { session, signature, contributor, score: plan.score, batchRows: batchRowsOf(bytes) }
  let isOpen = true
  return {
    explain: async (table) => {
      if (!isOpen) throw fail('released', 'Cannot explain rows: the explainer was released')
      return explain(opened, table)
    },
    release: async () => {
      if (!isOpen) return
      isOpen = false
      await session.release()
    },
  }
}

interface Opened {
  readonly session: GraphSession
  readonly signature: Signature
  readonly contributor: Contributor
  readonly score: string
  readonly batchRows: number
}

async function explain(opened: Opened, table: Table): Promise<Explanation> {
  const { signature, contributor, score, batchRows } = opened
  const { task, classes } = signature
  const inputs = signature.inputs.map(({ name }) => name)
  const { base } = contributor
  const width = base.length * inputs.length
  const scores = new Float64Array(table.rowCount * base.length)
  const contributions = new Float64Array(table.rowCount * width)
  const feeds = feedsOf(signature.inputs, table)
  for (let from = 0; from < table.rowCount; from += batchRows) {
    const to = Math.min(from + batchRows, table.rowCount)
    const found = await run(opened, feeds, { from, to })
    scores.set(found[score]?.data as Float64Array, from * base.length)
    for (let row = from; row < to; row++) {
      await setImmediate()
      contributor.addRow(found, row - from, contributions.subarray(row * width, (row + 1) * width))
    }
  }
  const outputs = task === 'regression' ? [null] : task === 'binary' ? classes.slice(1) : classes
  return { scale: scales[task], inputs, outputs, base, scores, contributions }
}

const scales: Readonly<Record<Signature['task'], ScoreScale>> = {
  binary: 'log-odds',
  multiclass: 'margin',
  regression: 'value',
}

async function run(
  { session, contributor, score }: Opened,
  feeds: readonly Feed[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<FoundTensors> {
  const tensors = Object.fromEntries(feeds.map((feed) => [feed.name, feed.tensor(from, to)]))
  return session.run(tensors, [...contributor.tensors.map(({ name }) => name), score])
}
