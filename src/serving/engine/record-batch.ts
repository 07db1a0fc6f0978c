import type { LineWriter } from '../prediction-log/line-writer.ts'
import type { LogLines } from '../prediction-log/system-log.ts'
import type { Batch, RunOutputs } from './batch.ts'

/** Lines of the log for the jobs of a batch; null where none of them keeps any. */
export function recordBatch(batch: Batch, outputs: RunOutputs, lines: LineWriter): LogLines | null {
  let rows = 0
  let [fromMs, toMs] = [Infinity, -Infinity]
  let [firstId, lastId] = ['', '']
  let from = 0
  for (const job of batch.jobs) {
    const { length } = lines
    job.record(lines, { outputs, from, batch })
    from += job.rows
    if (lines.length === length) continue
    const { id, atMs } = job
    if (rows === 0 || id < firstId) firstId = id
    if (rows === 0 || id > lastId) lastId = id
    fromMs = Math.min(fromMs, atMs)
    toMs = Math.max(toMs, atMs)
    rows += job.rows
  }
  // Rows after the first are named after it: '~' comes after all that stands there.
  return rows === 0 ? null : { bytes: lines.bytes(), content: { rows, fromMs, toMs, firstId, lastId: `${lastId}~` } }
}

/** A line of some dozens of numbers has so many; of what becomes longer, the room grows. */
export const usualLineBytes = 1024
