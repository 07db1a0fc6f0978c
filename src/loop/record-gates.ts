import type { GateJudgement } from '#evaluation'
import { recordDecision } from '#governance'
import type { Json, Workspace } from '#platform'

/** Records what the gates ruled on a candidate, with what they saw; the same key is recorded once. */
export async function recordGates(
  workspace: Workspace,
  ruling: {
    readonly system: string
    readonly key: string
    readonly candidate: string
    readonly gates: GateJudgement
    /** Where a candidate comes from that the system did not train. */
    readonly origin?: Json
  },
): Promise<void> {
  const { system, key, candidate, gates, origin } = ruling
  await recordDecision(workspace, {
    system,
    kind: 'gate',
    subject: candidate,
    ruling: gates.passed
      ? `${candidate} passed every gate`
      : `${candidate} refused: ${gates.results.find((result) => !result.passed)?.why}`,
    policy: 'gates of the system file',
    actor: 'loop',
    evidence: { ...gates, ...(origin === undefined ? {} : { origin }) } as unknown as Json,
    key: `${key}/gate`,
  })
}
