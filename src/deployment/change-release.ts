import { recordDecision } from '#governance'
import type { Database, EpochMs, Json, Workspace } from '#platform'
import type { Release, Transition } from './schema.ts'
import { updateRelease, writeEndpoint } from './store.ts'

/** Who changes a release, and on what grounds. */
export interface Change {
  readonly action: Transition['action']
  readonly why: string
  /** The rule that ruled; null where a person did without one. */
  readonly policy: string | null
  readonly actor: string
  readonly evidence: Json
  readonly nowMs: EpochMs
}

const rulings: Readonly<Record<Transition['action'], string>> = {
  start: 'started',
  advance: 'advanced',
  promote: 'promoted',
  rollback: 'rolled back',
  supersede: 'superseded',
}

/**
 * Writes one change of a release together with its decision; to be called inside a transaction.
 * @param release how it is after the change, its history without it
 * @returns the release with the change in its history
 */
export async function changeRelease(
  workspace: Workspace,
  release: Release,
  options: { readonly transaction: Database; readonly change: Change },
): Promise<Release> {
  const { transaction, change } = options
  const decision = await recordDecision(
    { ...workspace, database: transaction },
    {
      system: release.system,
      kind: 'release',
      subject: release.versionId,
      ruling: rulings[change.action],
      policy: change.policy,
      actor: change.actor,
      evidence: {
        release: release.id,
        step: release.step,
        share: release.share,
        why: change.why,
        seen: change.evidence,
      },
      key: `release/${release.id}/${release.history.length}/${change.action}`,
    },
  )
  const changed: Release = {
    ...release,
    history: [
      ...release.history,
      {
        atMs: change.nowMs,
        action: change.action,
        step: release.step,
        share: release.share,
        why: change.why,
        actor: change.actor,
        decisionId: decision.id,
      },
    ],
  }
  await updateRelease(transaction, changed)
  if (change.action === 'promote')
    await writeEndpoint(transaction, {
      system: changed.system,
      championVersionId: changed.versionId,
      championReleaseId: changed.id,
      sinceMs: change.nowMs,
    })
  return changed
}
