import { feedsOf, type GraphTensor, type Model, type Signature } from '#model'
import { rowsOf } from '../inference/rows-of.ts'
import type { Job } from './batch.ts'
import type { HostedFile, ModelHost } from './model-host.ts'
import type { Resident } from './open-resident.ts'
import { submit } from './submit.ts'

/**
 * A model with a signature that runs in a host: requests share runs, and it may be closed meanwhile to make room.
 * `predict` throws `serving/overloaded` as well.
 */
export function hostedModel(host: ModelHost, file: HostedFile, signature: Signature): Model {
  const isRegression = signature.task === 'regression'
  const output = isRegression ? 'prediction' : 'probabilities'
  const width = isRegression ? 1 : signature.classes.length
  return {
    signature,
    predict: async (table, { deadlineMs = Infinity } = {}) => {
      const resident = host.peek(file.key) ?? (await host.open(file))
      const feeds = feedsOf(signature.inputs, table)
      const order = resident.inputs.map(({ name }) => feeds.findIndex((feed) => feed.name === name))
      const found = new Float32Array(table.rowCount * width)
      for (let from = 0; from < table.rowCount; from += pieceRows) {
        const to = Math.min(from + pieceRows, table.rowCount)
        const tensors = order.map((place) => (feeds[place] as (typeof feeds)[number]).tensor(from, to))
        found.set(await runRows(resident, { tensors, rows: to - from, output, deadlineMs }), from * width)
      }
      return isRegression
        ? { kind: 'numbers', values: found }
        : { kind: 'classes', classes: signature.classes, probabilities: found }
    },
    release: () => host.drop(file.key),
  }
}

/** Rows of one request that run at a time: more would keep others waiting. */
const pieceRows = 1024

function runRows(
  resident: Resident,
  {
    tensors,
    rows,
    output,
    deadlineMs,
  }: {
    readonly tensors: readonly GraphTensor[]
    readonly rows: number
    readonly output: string
    readonly deadlineMs: number
  },
): Promise<Float32Array> {
  return new Promise((resolve, reject) => {
    const job: Job = {
      id: '',
      atMs: 0,
      rows,
      cameMs: performance.now(),
      deadlineMs,
      // Whoever asks keeps the answer, with what it decides.
      record: () => '',
      answer: (outputs, from) => resolve(rowsOf(outputs[output] as GraphTensor, { from, rows }) as Float32Array),
      fail: reject,
    }
    submit(resident, job, { tensors })
  })
}
