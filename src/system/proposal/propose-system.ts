import { iso, type EpochMs } from '#platform'
import { columnRoles } from './column-roles.ts'
import { proposeChecks } from './propose-checks.ts'
import { draftOf } from './draft.ts'
import { withSamples, type FileSniff } from './sniff.ts'
import { systemText } from './system-text.ts'

/** What a first system file is made of. */
export interface ProposalOptions {
  /** What the system should be called; made fit for a name. */
  readonly name: string
  readonly file: FileSniff
  readonly nowMs: EpochMs
}

/**
 * A first system file for a file of data, as commented TypeScript. It loads and validates as it stands; the objective
 * and the money are placeholders that only its owner can replace, and it says so.
 * @throws RangeError when the file has no column
 */
export function proposeSystem(options: ProposalOptions): string {
  const { name, nowMs } = options
  const file = withSamples(options.file)
  const roles = columnRoles(file)
  const by = iso(nowMs + halfYearMs).slice(0, 10)
  return systemText(draftOf({ name, file, roles, by }), proposeChecks(file, roles))
}

const halfYearMs = 182 * 86_400_000
