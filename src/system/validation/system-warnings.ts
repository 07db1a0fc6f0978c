import type { EpochMs } from '#platform'
import type { Framing, SystemSpec } from '../schema.ts'

/**
 * What is allowed and yet likely meant otherwise, one sentence each.
 * @param options `nowMs` is the moment against which dates are judged; none are where it is absent
 */
export function systemWarnings(
  spec: SystemSpec,
  options: { readonly nowMs?: EpochMs | undefined } = {},
): readonly string[] {
  const warnings: string[] = []
  const { objective, framing, dataset, candidates, evaluation } = spec
  if (options.nowMs !== undefined && Date.parse(`${objective.by}T23:59:59Z`) < options.nowMs)
    warnings.push(`objective.by is ${objective.by}, which is over: only a rehearsal of the past can still reach it`)
  const unread = Object.keys(spec.sources).filter((name) => !new RegExp(`\\b${name}\\b`, 'i').test(dataset.sql))
  if (unread.length === Object.keys(spec.sources).length)
    warnings.push(`dataset.sql reads no source: it should select from ${unread.join(' or ')}`)
  if (!candidates.some((candidate) => ['majority', 'mean', 'seasonal-naive', 'rule'].includes(candidate.kind)))
    warnings.push('candidates hold nothing without ML: there is no baseline that a model must beat')
  if (evaluation.gates.length === 0) warnings.push('evaluation.gates are empty: whatever is trained will be released')
  return [...warnings, ...costWarnings(framing), ...samplingWarnings(spec)]
}

function samplingWarnings({ serving, release }: SystemSpec): string[] {
  const sample = serving?.log.sample ?? 1
  if (sample === 1 || release.strategy !== 'canary') return []
  const answers = Math.ceil(release.minSamples / sample)
  return [
    `serving.log.sample is ${sample}: a canary with release.minSamples ${release.minSamples} waits for about ${answers} predictions of the challenger`,
  ]
}

function costWarnings({ cost }: Framing): string[] {
  if (!cost || !('falseNegative' in cost)) return []
  const warnings: string[] = []
  if (cost.truePositive >= cost.falseNegative)
    warnings.push('framing.cost: acting on a true case costs no less than missing it, so never acting is always best')
  if (cost.falsePositive <= cost.trueNegative)
    warnings.push('framing.cost: acting in vain costs no more than leaving it, so always acting is best')
  return warnings
}
