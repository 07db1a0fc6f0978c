import type { Workspace } from '#platform'
import type { ReleaseSpec } from '#system'
import { changeRelease, type Change } from './change-release.ts'
import type { Release } from './schema.ts'
import { shareAt } from './step-release.ts'
import { findEndpoint, findRelease, inTransaction, insertRelease } from './store.ts'

export interface StartReleaseOptions {
  readonly system: string
  readonly versionId: string
  readonly strategy: ReleaseSpec
  readonly actor: string
  /** Why the version is to serve, one sentence. */
  readonly why: string
  /**
   * One release for each key, for ever; the version's id where absent, so that a version is released once. Name another
   * to release a version again, such as one that was rolled back.
   */
  readonly key?: string
}

/**
 * Begins to move the traffic of a system to a version, or returns the release that began with the same key.
 *
 * A release that is still under way is superseded by the new one. The first version of a system is promoted at once,
 * whatever the strategy, and so is a big bang. All of it, decisions included, happens in one transaction.
 */
export function startRelease(workspace: Workspace, options: StartReleaseOptions): Promise<Release> {
  const { system, versionId, strategy } = options
  const key = options.key ?? versionId
  return inTransaction(workspace.database, async (transaction) => {
    const known = await findRelease(transaction, { system, key })
    if (known) return known
    const nowMs = workspace.clock.now()
    const change = (action: Change['action'], why: string, policy: string | null = null) => ({
      transaction,
      change: { action, why, policy, actor: options.actor, evidence: null, nowMs },
    })
    const running = await findRelease(transaction, { running: system })
    if (running)
      await changeRelease(
        workspace,
        { ...running, state: 'superseded', share: 0, finishedMs: nowMs },
        change('supersede', `The release of ${versionId} took its place`),
      )
    const endpoint = await findEndpoint(transaction, system)
    const release: Release = {
      id: workspace.ids.next('release'),
      system,
      versionId,
      previousVersionId: endpoint?.championVersionId ?? null,
      strategy,
      step: 0,
      share: shareAt(strategy, 0),
      state: 'running',
      startedMs: nowMs,
      stepStartedMs: nowMs,
      finishedMs: null,
      history: [],
    }
    await insertRelease(transaction, release, key)
    const started = await changeRelease(workspace, release, change('start', options.why))
    if (endpoint && started.share < 1) return started
    const why = endpoint
      ? 'All traffic moves at once'
      : 'It is the first version of the system: there is no champion to compare with'
    return changeRelease(
      workspace,
      { ...started, state: 'promoted', share: 1, finishedMs: nowMs },
      change('promote', why, strategy.strategy),
    )
  })
}
