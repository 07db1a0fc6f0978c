import { crc32 } from 'node:zlib'
import type { LoggedPrediction } from '../schema.ts'
import { LineWriter } from './line-writer.ts'
import type { LogLines } from './system-log.ts'

/** One prediction as JSON. */
const predictionText = (prediction: LoggedPrediction): string =>
  JSON.stringify({
    id: prediction.id,
    at_ms: prediction.atMs,
    version_id: prediction.versionId,
    release_id: prediction.releaseId,
    arm: prediction.arm,
    request_id: prediction.requestId,
    entity_key: prediction.entityKey,
    inputs: prediction.inputs,
    probabilities: prediction.probabilities,
    label: prediction.label,
    probability: prediction.probability,
    value: prediction.value,
    decision: prediction.decision,
    threshold: prediction.threshold,
    error: prediction.error,
  })

/**
 * Lines for predictions, of which there is at least one. A line that was cut short, or never reached the disk whole, does
 * not pass {@link readLine}.
 */
export function linesOf(predictions: readonly LoggedPrediction[]): LogLines {
  const ids = predictions.map(({ id }) => id as string).sort()
  const moments = predictions.map(({ atMs }) => atMs)
  const lines = new LineWriter()
  for (const prediction of predictions) {
    lines.write(predictionText(prediction).slice(0, -1))
    lines.end()
  }
  return {
    bytes: lines.bytes(),
    content: {
      rows: predictions.length,
      fromMs: Math.min(...moments),
      toMs: Math.max(...moments),
      firstId: ids[0] as string,
      lastId: ids.at(-1) as string,
    },
  }
}

/** Id and moment of a line without its line break; nothing when the line is not whole. */
export function readLine(line: string): { readonly id: string; readonly atMs: number } | undefined {
  const end = line.lastIndexOf(',"crc":')
  if (end < 0 || line !== `${line.slice(0, end)},"crc":${crc32(line.slice(0, end))}}`) return undefined
  const { id, at_ms: atMs } = JSON.parse(line) as { id: string; at_ms: number }
  return { id, atMs }
}

/** DuckDB types of the fields of a line, and of the columns of the log. */
export const logColumns = {
  id: 'varchar',
  at_ms: 'double',
  version_id: 'varchar',
  release_id: 'varchar',
  arm: 'varchar',
  request_id: 'varchar',
  entity_key: 'varchar',
  inputs: 'json',
  probabilities: 'json',
  label: 'varchar',
  probability: 'double',
  value: 'double',
  decision: 'varchar',
  threshold: 'double',
  error: 'varchar',
  outputs: 'json',
} as const
