import { chooseCandidate, type Choice } from '#evaluation'
import type { Scores } from '#model'
import { seededRandom, type Workspace } from '#platform'
import type { ModelVersion } from '#registry'
import type { FitOptions } from './fit-options.ts'
import { heldOutScores } from './held-out-scores.ts'
import { holdAgainstGates, type GateRuling } from './hold-against-gates.ts'
import { truthOf } from './learning-rows.ts'
import type { FittedCandidate } from './schema.ts'

/** What was ruled on a training: which candidate the ladder chose, and whether the gates let it pass. Plain JSON. */
export interface CandidateJudgement extends GateRuling {
  readonly choice: Choice
}

export interface JudgeOptions {
  readonly fit: FitOptions
  readonly fitted: readonly FittedCandidate[]
  readonly champion: ModelVersion | null
  /** Scores that are still in memory, by run; others are made again from the stored models. */
  readonly scores: ReadonlyMap<string, Scores>
}

/** Walks up the ladder of candidates on the rows that none of them has seen, then holds the choice against the gates. */
export async function judgeCandidates(workspace: Workspace, options: JudgeOptions): Promise<CandidateJudgement> {
  const { fit, fitted, champion } = options
  const { framing, evaluation, seed } = fit.system.spec
  const random = seededRandom(`${seed}/judge`)
  const judged = {
    truth: truthOf(fit.rows.judged),
    cost: framing.cost,
    per: framing.per,
    primary: evaluation.primary,
  }
  const ladder = await Promise.all(
    fitted.map(async (candidate) => ({
      name: candidate.name,
      rung: candidate.rung,
      evaluation: candidate.evaluation,
      scores: options.scores.get(candidate.runId) ?? (await heldOutScores(workspace, candidate, fit)),
      threshold: candidate.threshold ?? undefined,
    })),
  )
  const choice = chooseCandidate(ladder, { ...judged, random: random.fork('choice') })
  const chosen = ladder.find((entry) => entry.name === choice.name) as (typeof ladder)[number]
  const { gates, against } = await holdAgainstGates(workspace, { fit, chosen, others: ladder, champion })
  return { choice, gates, against }
}
