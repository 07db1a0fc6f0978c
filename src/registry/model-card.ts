import type { Workspace } from '#platform'
import { systemVersions } from '#system'
import { runsOf, type Run } from '#tracking'
import { cardText } from './card-text.ts'
import { aliasChanges, open, statesOf } from './store.ts'
import { modelVersion } from './versions.ts'

/**
 * The model card of a version, in Markdown: nothing but what is recorded, as it is recorded now.
 * @throws {Failure} `registry/unknownVersion`
 */
export async function modelCard(workspace: Workspace, versionId: string): Promise<string> {
  const version = await modelVersion(workspace, versionId)
  const tables = open(workspace.database)
  const systems = await systemVersions(workspace, version.system)
  return cardText({
    version,
    run: await recordedRun(workspace, version.runId),
    system: systems.findLast((system) => system.hash === version.lineage.systemHash) ?? null,
    states: await statesOf(tables, versionId),
    aliases: (await aliasChanges(tables, version.system)).filter(
      ({ number, fromNumber }) => number === version.number || fromNumber === version.number,
    ),
  })
}

/** A version can outlive the record of its run. */
async function recordedRun(workspace: Workspace, id: string): Promise<Run | null> {
  const [run] = await runsOf(workspace, { id, limit: 1 })
  return run ?? null
}
