import { durationMs, iso, type EpochMs } from '#platform'
import type { ReleaseSpec } from '#system'
import type { ArmEvidence, Release, ReleaseEvidence, ReleaseVerdict } from './schema.ts'

/**
 * What to do with a release now: a pure function of the release, the evidence and the moment.
 *
 * Big bang promotes at once. A canary is rolled back as soon as the challenger fails at more of its requests than the
 * champion, or, with `minSamples` known outcomes, its realised cost is worse by the 95 % interval of the difference. It
 * advances when it has baked for `bake` with `minSamples` known outcomes and is not worse; where the next share is all
 * the traffic, there is nothing left to compare with, so it is promoted.
 *
 * The difference of the mean costs d = c − p of two independent groups has half-width √(hc² + hp²), with h half the
 * width of each interval; worse means d − √(hc² + hp²) > 0.
 */
export function stepRelease(release: Release, evidence: ReleaseEvidence, nowMs: EpochMs): ReleaseVerdict {
  const facts = { step: release.step, share: release.share, ...figures(evidence) }
  const verdict = (action: ReleaseVerdict['action'], why: string): ReleaseVerdict => ({ action, why, facts })
  if (release.state !== 'running') return verdict('hold', `The release has ended: it is ${release.state}`)
  if (release.previousVersionId === null)
    return verdict('promote', 'It is the first version of the system: there is no champion to compare with')
  const { strategy } = release
  if (strategy.strategy === 'big-bang') return verdict('promote', 'Big bang: all traffic moves at once')
  if (release.share >= 1) return verdict('promote', 'All the traffic is its already: there is nothing to compare with')

  const { challenger, champion } = evidence
  if (failureShare(challenger) > failureShare(champion))
    return verdict('rollback', `The challenger failed at ${challenger.errors} of ${challenger.rows} predictions`)
  const enough = challenger.known >= strategy.minSamples
  const difference = differenceOf(challenger, champion)
  if (enough && difference && difference.low > 0)
    return verdict('rollback', `The challenger costs more than the champion: ${phraseOf(difference)} per prediction`)

  const bakedMs = release.stepStartedMs + durationMs(strategy.bake)
  if (nowMs < bakedMs)
    return verdict('hold', `Baking at ${percent(release.share)} of the traffic until ${iso(bakedMs)}`)
  if (!enough) return verdict('hold', `Waiting for outcomes: ${challenger.known} of ${strategy.minSamples} known`)
  if (challenger.costPer !== null && !difference)
    return verdict('hold', 'Waiting for outcomes of the champion to compare with')
  const how = difference
    ? `not worse than the champion: ${phraseOf(difference)} per prediction`
    : 'no errors, no costs set'
  const next = shareAt(strategy, release.step + 1)
  return next >= 1
    ? verdict('promote', `The challenger proved itself at ${percent(release.share)} of the traffic, ${how}`)
    : verdict('advance', `On to ${percent(next)} of the traffic, ${how}`)
}

/** Share of the traffic at a step of a strategy, from 0; after the last one it is all. */
export function shareAt(strategy: ReleaseSpec, step: number): number {
  return strategy.strategy === 'canary' ? (strategy.steps[step] ?? 1) : 1
}

interface Difference {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** How much more the challenger costs per prediction, with its interval; nothing where either cost is not known. */
function differenceOf(challenger: ArmEvidence, champion: ArmEvidence): Difference | undefined {
  if (challenger.costPer === null || champion.costPer === null) return undefined
  const value = challenger.costPer - champion.costPer
  const half = Math.hypot(halfWidth(challenger), halfWidth(champion))
  return { value, low: value - half, high: value + half }
}

/** Half the width of the interval; without one nothing is proved, so it is infinite. */
function halfWidth({ low, high }: ArmEvidence): number {
  return low === null || high === null ? Infinity : (high - low) / 2
}

function failureShare({ rows, errors }: ArmEvidence): number {
  return errors === 0 ? 0 : errors / Math.max(rows, errors)
}

/** The evidence as JSON facts: what is not finite has no form there. */
function figures({ challenger, champion }: ReleaseEvidence): ReleaseVerdict['facts'] {
  const difference = differenceOf(challenger, champion)
  return {
    challenger: { ...challenger },
    champion: { ...champion },
    difference: difference && Number.isFinite(difference.low) ? { ...difference } : null,
  }
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`
const phraseOf = ({ value, low, high }: Difference): string =>
  `${signed(value)} (95 % interval ${signed(low)} to ${signed(high)})`
const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(3)}`
