import type { GraphTensor } from '#model'
import type { EpochMs } from '#platform'
import type { Job, RecordedRun } from '../engine/batch.ts'
import type { RowLayout } from '../engine/row-layout.ts'
import type { LineWriter } from '../prediction-log/line-writer.ts'
import { recordRequest, recordRows } from '../prediction-log/record-lines.ts'
import { datatypeOfOrt } from './datatypes.ts'
import { rowsOf } from './rows-of.ts'
import type { Datatype, TensorValue } from './schema.ts'

/** A request to a model file. */
export interface FileRequest {
  readonly id: string
  readonly atMs: EpochMs
  readonly cameMs: number
  readonly deadlineMs: number
  readonly requestId: string | undefined
  readonly rows: number
  readonly tensors: readonly GraphTensor[]
  /** Names of outputs, in the order wanted. */
  readonly wanted: readonly string[]
  /** Null where the requests of the model share no runs. */
  readonly layout: RowLayout | null
  readonly inputNames: readonly string[]
  /** Start of its lines in the log; null where nothing is kept. */
  readonly linePrefix: string | null
}

/** A job whose answer is awaited. */
export function fileJob(request: FileRequest): { readonly job: Job; readonly answer: Promise<readonly TensorValue[]> } {
  const { id, atMs, cameMs, deadlineMs, rows, wanted, layout } = request
  const { promise: answer, resolve, reject } = Promise.withResolvers<readonly TensorValue[]>()
  const job: Job = {
    id,
    atMs,
    rows,
    cameMs,
    deadlineMs,
    record: (lines, run) => record(lines, request, run),
    answer: (outputs, from) =>
      resolve(wanted.map((name) => tensorOf(name, outputs[name] as GraphTensor, layout ? { from, rows } : undefined))),
    fail: reject,
  }
  return { job, answer }
}

function record(
  lines: LineWriter,
  { id, atMs, requestId, rows, tensors, inputNames, layout, linePrefix }: FileRequest,
  run: RecordedRun,
): void {
  if (linePrefix === null) return
  const head = { prefix: linePrefix, id, atMs, requestId }
  if (layout) return recordRows(lines, { head, rows, layout }, run)
  return recordRequest(lines, head, {
    inputs: Object.fromEntries(inputNames.map((name, place) => [name, tensors[place] as GraphTensor])),
    outputs: run.outputs,
  })
}

/** Rows of an output as the protocol knows it; all of them where no range is given. */
function tensorOf(
  name: string,
  tensor: GraphTensor,
  range: { readonly from: number; readonly rows: number } | undefined,
): TensorValue {
  const datatype = datatypeOfOrt(tensor.type) as Datatype
  if (!range) return { name, datatype, shape: tensor.shape, data: tensor.data }
  return { name, datatype, shape: [range.rows, ...tensor.shape.slice(1)], data: rowsOf(tensor, range) }
}
