import type { Workspace } from '#platform'
import type { ModelVersion } from '#registry'
import { currentSystem, type ServingSpec } from '#system'
import { isSampled } from '../prediction-log/is-sampled.ts'
import type { LoggedPrediction } from '../schema.ts'

/** What the system file says now of how requests are answered and what the log keeps. */
export interface ServingPolicy {
  /** Whether the log keeps the prediction of an id. */
  readonly keeps: (predictionId: string) => boolean
  /** Inputs that are never written, in lower case: SQL names columns in any. */
  readonly withheld: ReadonlySet<string>
  /** How long a request may wait for the model; Infinity where nothing is said. */
  readonly timeoutMs: number
  readonly maxQueueDelayMs: number | undefined
}

/**
 * Follows the policy of a version's system. A name to withhold that is no input of the version is told to the log: it
 * may be a slip of the pen.
 * @returns reads it as it was applied last; throws `system/unknownSystem`
 */
export function servingPolicies(
  workspace: Workspace,
  { system, signature }: ModelVersion,
): () => Promise<ServingPolicy> {
  const inputs = new Set(signature.inputs.map(({ name }) => name.toLowerCase()))
  const told = new Set<string>()
  return async () => {
    const policy = servingPolicy((await currentSystem(workspace, system)).spec.serving)
    for (const name of policy.withheld) {
      if (inputs.has(name) || told.has(name)) continue
      told.add(name)
      workspace.log.warn({ system, name }, 'serving.log.withhold names no input of the version')
    }
    return policy
  }
}

/** Nothing said: everything is kept, and no request times out. */
function servingPolicy(spec: ServingSpec | undefined): ServingPolicy {
  const { sample = 1, withhold = [] } = spec?.log ?? {}
  return {
    keeps: (id) => isSampled(id, sample),
    withheld: new Set(withhold.map((name) => name.toLowerCase())),
    timeoutMs: spec?.timeoutMs ?? Infinity,
    maxQueueDelayMs: spec?.maxQueueDelayMs,
  }
}

/** The predictions that the log keeps, without what is withheld: not even the names of those inputs are left. */
export function keptPredictions(
  predictions: readonly LoggedPrediction[],
  { keeps, withheld }: ServingPolicy,
): readonly LoggedPrediction[] {
  const kept = predictions.filter(({ id }) => keeps(id as string))
  if (withheld.size === 0) return kept
  return kept.map((prediction) => ({
    ...prediction,
    inputs: Object.fromEntries(Object.entries(prediction.inputs).filter(([name]) => !withheld.has(name.toLowerCase()))),
  }))
}
