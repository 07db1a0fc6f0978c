import type { Workspace } from '#platform'
import { changeRelease } from './change-release.ts'
import { fail } from './failures.ts'
import type { Release, ReleaseVerdict } from './schema.ts'
import { shareAt } from './step-release.ts'
import { findRelease, inTransaction } from './store.ts'

export interface ApplyReleaseStepOptions {
  /** The release as it was judged. */
  readonly release: Release
  readonly verdict: ReleaseVerdict
  readonly actor: string
  /** Whether a policy ruled; a person did where false. */
  readonly byPolicy?: boolean
}

/**
 * Does what a verdict says, and writes the decision in the same transaction. A verdict to hold changes nothing.
 *
 * A release that has changed since it was judged is returned as it is: the same verdict applied twice, as after a crash,
 * changes it once.
 *
 * @returns the release as it is now
 * @throws {Failure} `deployment/unknownRelease`
 */
export function applyReleaseStep(workspace: Workspace, options: ApplyReleaseStepOptions): Promise<Release> {
  const { release: judged, verdict, actor } = options
  return inTransaction(workspace.database, async (transaction) => {
    const release = await findRelease(transaction, { id: judged.id })
    if (!release) throw fail('unknownRelease', `Cannot change release '${judged.id}': there is none`)
    const { action } = verdict
    const unchanged = release.state === 'running' && release.history.length === judged.history.length
    if (action === 'hold' || !unchanged) return release
    const nowMs = workspace.clock.now()
    return changeRelease(
      workspace,
      {
        ...release,
        ...after(release, action),
        ...(action === 'advance' ? { stepStartedMs: nowMs } : { finishedMs: nowMs }),
      },
      {
        transaction,
        change: {
          action,
          why: verdict.why,
          policy: options.byPolicy === false ? null : release.strategy.strategy,
          actor,
          evidence: verdict.facts,
          nowMs,
        },
      },
    )
  })
}

function after(
  release: Release,
  action: 'advance' | 'promote' | 'rollback',
): Partial<Release> & Pick<Release, 'share'> {
  if (action === 'rollback') return { state: 'rolled-back', share: 0 }
  if (action === 'promote') return { state: 'promoted', share: 1 }
  const step = release.step + 1
  return { step, share: shareAt(release.strategy, step) }
}
