import type { Digest } from '#platform'
import { ownArtifactsAt } from '../store/own-artifacts.ts'
import type { Tracking } from '../store/tables.ts'

/** Bytes that a run of a system made, as they are seen from a path of the store of artifacts. */
export interface OwnArtifact {
  /** Path from there; empty for the artifact at that very path. */
  readonly path: string
  readonly digest: Digest
}

/** What runs of systems made at a path or below: they recorded it themselves, no client put it there. */
export async function ownArtifacts(tables: Tracking, path: string): Promise<readonly OwnArtifact[]> {
  const [, experiment, runId = '', rest = ''] = ofRun.exec(path) ?? []
  if (experiment === undefined) return []
  const rows = await ownArtifactsAt(tables, { experiment: Number(experiment), runId, path: rest })
  const from = rest === '' ? 0 : rest.length + 1
  return rows.map((row) => ({ path: row.path.slice(from), digest: row.digest }))
}

/** The folder of a run's artifacts, or what is below it. */
const ofRun = /^(\d{1,9})\/([^/]+)\/artifacts(?:\/(.+))?$/
