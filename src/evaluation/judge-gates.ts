import type { GateSpec } from '#system'
import { describeComparison } from './choose-candidate.ts'
import type { Comparison, Evaluation } from './schema.ts'
import { shortNumber } from './short-number.ts'

/** What the gates may look at. */
export interface GateEvidence {
  /** Name of the candidate that wants to pass. */
  readonly candidate: string
  readonly evaluation: Evaluation
  /** What serves now; null when nothing does. */
  readonly champion: string | null
  /** The candidate against each other, by name ('champion' for the champion). */
  readonly comparisons: Readonly<Record<string, Comparison>>
}

/** What one gate ruled, and on which facts. */
export interface GateResult {
  readonly gate: GateSpec
  readonly passed: boolean
  readonly why: string
  readonly facts: Readonly<Record<string, number | string | null>>
}

export interface GateJudgement {
  /** Whether every gate passed; true where there are none. */
  readonly passed: boolean
  readonly results: readonly GateResult[]
}

/**
 * Rules on every gate. A pure function of the gates and the evidence.
 *
 * `beats` asks for a better primary metric by the whole interval; beating the champion is granted where there is none. A
 * gate about a metric or a candidate that the evidence does not hold fails: what nobody measured cannot be passed.
 */
export function judgeGates(gates: readonly GateSpec[], evidence: GateEvidence): GateJudgement {
  const results = gates.map((gate) => (gate.kind === 'beats' ? judgeBeats(gate, evidence) : judgeBound(gate, evidence)))
  return { passed: results.every((result) => result.passed), results }
}

function judgeBeats(gate: Extract<GateSpec, { kind: 'beats' }>, evidence: GateEvidence): GateResult {
  const { candidate, champion, comparisons } = evidence
  const other = gate.what === 'champion' ? champion : gate.what
  if (other === null)
    return { gate, passed: true, why: 'There is no champion yet, so there is none to beat', facts: { champion: null } }
  if (gate.what === candidate)
    return { gate, passed: false, why: `${candidate} is what was chosen: nothing beats it`, facts: { candidate } }
  const comparison = comparisons[gate.what]
  if (!comparison)
    return { gate, passed: false, why: `${candidate} was not compared with ${gate.what}`, facts: { candidate } }
  const { metric, difference, low, high, challenger, incumbent, rows } = comparison
  const verb = comparison.better ? 'beats' : 'does not beat'
  return {
    gate,
    passed: comparison.better,
    why: `${candidate} ${verb} ${gate.what === 'champion' ? `the champion ${other}` : other}: ${describeComparison(comparison)}`,
    facts: { metric, difference, low, high, candidate: challenger, against: incumbent, rows },
  }
}

function judgeBound(gate: Exclude<GateSpec, { kind: 'beats' }>, { candidate, evaluation }: GateEvidence): GateResult {
  const found = evaluation.metrics[gate.metric]
  if (!found)
    return {
      gate,
      passed: false,
      why: `${candidate} has no value of '${gate.metric}'; it has ${Object.keys(evaluation.metrics).join(', ')}`,
      facts: { metric: gate.metric, bound: gate.value },
    }
  const passed = gate.kind === 'at-least' ? found.value >= gate.value : found.value <= gate.value
  const asked = gate.kind === 'at-least' ? 'at least' : 'at most'
  return {
    gate,
    passed,
    why: `${gate.metric} of ${candidate} is ${shortNumber(found.value)}, asked for ${asked} ${shortNumber(gate.value)}`,
    facts: { metric: gate.metric, value: found.value, low: found.low, high: found.high, bound: gate.value },
  }
}
