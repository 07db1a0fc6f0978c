import { contentHash, type Workspace } from '#platform'
import { recordDecision } from '#governance'
import { planSystem } from '../planning/plan-system.ts'
import type { SystemSpec, SystemVersion } from '../schema.ts'
import { pinPrograms } from '../loading/pin-programs.ts'
import { addVersion } from '../store.ts'

/** A system to apply, and where it comes from. */
export interface SystemApplication {
  readonly spec: SystemSpec
  /** Folder that relative paths of sources start from, absolute. */
  readonly baseFolder: string
  readonly commit: string | null
  readonly dirty: boolean
  readonly actor: string
}

/**
 * Makes a system the one that the loop follows, and records who did so and what it causes. The same content from the
 * same folder as the newest version adds nothing: that version comes back.
 */
export async function applySystem(workspace: Workspace, application: SystemApplication): Promise<SystemVersion> {
  const { baseFolder, commit, dirty, actor } = application
  const spec = await pinPrograms(application.spec, baseFolder)
  const hash = contentHash(spec)
  const { version, previous } = await addVersion(workspace.database, {
    system: spec.name,
    make: (newest) =>
      newest !== null && newest.hash === hash && newest.baseFolder === baseFolder
        ? null
        : {
            system: spec.name,
            number: (newest?.number ?? 0) + 1,
            hash,
            spec,
            baseFolder,
            commit,
            dirty,
            appliedAtMs: workspace.clock.now(),
            appliedBy: actor,
          },
  })
  // Recorded by key also when nothing was added: a process killed between the two steps leaves no version unrecorded.
  const { changes, effects } = planSystem(previous?.spec ?? null, version.spec)
  await recordDecision(workspace, {
    system: version.system,
    kind: 'apply',
    subject: `system version ${version.number}`,
    ruling: previous === null ? 'applied first' : 'applied',
    actor: version.appliedBy,
    evidence: {
      hash: version.hash,
      commit: version.commit,
      dirty: version.dirty,
      effects,
      changes: changes.map(({ path, from, to, causes }) => ({ path, from, to, causes })),
    },
    key: `apply/${version.system}/${version.number}`,
  })
  return version
}
