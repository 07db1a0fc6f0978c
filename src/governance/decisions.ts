import type { EpochMs, Workspace } from '#platform'
import { readDecisions } from './store.ts'
import type { Decision, DecisionKind } from './schema.ts'

/** Which decisions are wanted; all where a field is absent. */
export interface DecisionFilter {
  readonly system?: string
  /** One kind, or any of several. */
  readonly kind?: DecisionKind | readonly DecisionKind[]
  /** From this moment on. */
  readonly fromMs?: EpochMs
  /** Before this moment. */
  readonly toMs?: EpochMs
  /** At most this many, the earliest first. */
  readonly limit?: number
}

/** Decisions of the log in the order they were made. */
export function decisions(workspace: Workspace, filter: DecisionFilter = {}): Promise<readonly Decision[]> {
  const { kind, ...rest } = filter
  const kinds = kind === undefined ? undefined : typeof kind === 'string' ? [kind] : kind
  return readDecisions(workspace.database, { ...rest, kinds })
}
