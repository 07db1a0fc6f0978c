import { openExplainer, type Explainer, type Explanation } from '#model'
import type { Table, Workspace } from '#platform'
import type { ModelVersion } from '#registry'
import { fail } from '../failures.ts'

/** What explains the scores of one version. */
export interface VersionExplainer {
  /** @throws {Failure} `model/noExplanation`, `model/unexplainable` or `serving/partitioned`, for a version that has no contributions */
  explain(table: Table): Promise<Explanation>
  release(): Promise<void>
}

/** Explains by the version's file, which is opened a second time when it is first asked: most never are. */
export function versionExplainer(workspace: Workspace, version: ModelVersion): VersionExplainer {
  let opening: Promise<Explainer> | undefined
  const open = async (): Promise<Explainer> => {
    if (version.partition && version.partition.segments > 0)
      throw fail(
        'partitioned',
        `Cannot explain version ${version.number} of '${version.system}': it answers by one model for each ${version.partition.by}`,
      )
    return openExplainer(await workspace.blobs.read(version.onnxDigest))
  }
  return {
    explain: async (table) => {
      const opened = (opening ??= open())
      // One that cannot be opened is not kept: the next one to ask tries again.
      opened.catch(() => (opening = undefined))
      return (await opened).explain(table)
    },
    release: async () => {
      const opened = await opening?.catch(() => undefined)
      await opened?.release()
    },
  }
}
