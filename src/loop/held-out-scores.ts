import type { Dataset } from '#dataset'
import type { Scores } from '#model'
import type { Digest, Workspace } from '#platform'
import { tableOf, type LearningRows } from './learning-rows.ts'
import type { FittedCandidate } from './schema.ts'
import { scoreRows } from './score-rows.ts'

/**
 * Keeps the scores of the judged rows as little-endian doubles: what several folds' models gave, or the cross-fitted choice of
 * segments, no stored model gives again.
 */
export function keepScores(workspace: Workspace, scores: Scores): Promise<Digest> {
  const values = Float64Array.from(scores.kind === 'numbers' ? scores.values : scores.probabilities)
  return workspace.blobs.put(new Uint8Array(values.buffer))
}

/** The scores that a candidate was judged by, made by models that had not seen the rows; a step can ask for them again. */
export async function heldOutScores(
  workspace: Workspace,
  candidate: Pick<FittedCandidate, 'onnxDigest' | 'partition' | 'scoresDigest'>,
  { rows, dataset }: { readonly rows: LearningRows; readonly dataset: Dataset },
): Promise<Scores> {
  const { scoresDigest } = candidate
  if (scoresDigest === null) return scoreRows(workspace, candidate, tableOf(rows.judged))
  const bytes = await workspace.blobs.read(scoresDigest)
  const values = new Float64Array(new Uint8Array(bytes).buffer)
  return dataset.task === 'regression'
    ? { kind: 'numbers', values }
    : { kind: 'classes', classes: dataset.classes, probabilities: values }
}
