import { crc32 } from 'node:zlib'
import type { LoggedPrediction } from '../schema.ts'

/**
 * One prediction as a line of a segment: JSON whose last field is the CRC-32 of all the text before it. A line that was
 * cut short, or never reached the disk whole, does not pass {@link readLine}.
 */
export function logLine(prediction: LoggedPrediction): string {
  const { id, atMs, versionId, releaseId, arm, requestId, entityKey, inputs, probabilities, ...answer } = prediction
  const body = JSON.stringify({
    id,
    at_ms: atMs,
    version_id: versionId,
    release_id: releaseId,
    arm,
    request_id: requestId,
    entity_key: entityKey,
    inputs,
    probabilities,
    label: answer.label,
    probability: answer.probability,
    value: answer.value,
    decision: answer.decision,
    threshold: answer.threshold,
    error: answer.error,
  }).slice(0, -1)
  return `${body},"crc":${crc32(body)}}\n`
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
} as const
