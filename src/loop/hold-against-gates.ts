import { comparePaired, judgeGates, type Comparison, type Evaluation, type GateJudgement } from '#evaluation'
import type { Scores } from '#model'
import { seededRandom, type Workspace } from '#platform'
import type { ModelVersion } from '#registry'
import type { FitOptions } from './fit-options.ts'
import { tableOf, truthOf } from './learning-rows.ts'
import { scoreRows } from './score-rows.ts'

/** A candidate with its scores of the judged rows. */
export interface ScoredCandidate {
  readonly name: string
  readonly scores: Scores
  readonly threshold?: number | undefined
}

/** What the gates ruled on a candidate. Plain JSON. */
export interface GateRuling {
  readonly gates: GateJudgement
  /** The candidate against the champion on the same rows; null without a champion. */
  readonly against: Comparison | null
}

/** Holds a candidate against the gates of its system: against the champion, and against the candidates that they name. */
export async function holdAgainstGates(
  workspace: Workspace,
  options: {
    readonly fit: Pick<FitOptions, 'system' | 'rows'>
    readonly chosen: ScoredCandidate & { readonly evaluation: Evaluation }
    /** Candidates that a gate may name. */
    readonly others: readonly ScoredCandidate[]
    readonly champion: ModelVersion | null
  },
): Promise<GateRuling> {
  const { fit, chosen, others, champion } = options
  const { framing, evaluation, seed } = fit.system.spec
  const random = seededRandom(`${seed}/judge`)
  const judged = {
    truth: truthOf(fit.rows.judged),
    cost: framing.cost,
    per: framing.per,
    primary: evaluation.primary,
    task: framing.task,
  }
  const compare = (other: Omit<ScoredCandidate, 'name'>, name: string): Comparison =>
    comparePaired(chosen, other, { ...judged, random: random.fork(`gate/${name}`) })
  const comparisons: Record<string, Comparison> = {}
  const asked = new Set(evaluation.gates.flatMap((gate) => (gate.kind === 'beats' ? [gate.what] : [])))
  for (const entry of others)
    if (entry.name !== chosen.name && asked.has(entry.name)) comparisons[entry.name] = compare(entry, entry.name)
  const against = champion
    ? compare(
        {
          scores: await scoreRows(workspace, champion, tableOf(fit.rows.judged)),
          threshold: champion.threshold ?? undefined,
        },
        'champion',
      )
    : null
  if (against) comparisons['champion'] = against
  const gates = judgeGates(evaluation.gates, {
    candidate: chosen.name,
    evaluation: chosen.evaluation,
    champion: champion ? `version ${champion.number}` : null,
    comparisons,
  })
  return { gates, against }
}
