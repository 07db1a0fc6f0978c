import { open } from '../store/tables.ts'
import type { Endpoint } from './endpoint.ts'
import { heldRun, runIdOf } from './held-run.ts'
import { heldModel } from './logged-model-endpoints.ts'
import { wireListing } from './wire-artifacts.ts'
import { wireRunInfo } from './wire-run.ts'

/** The addresses that say what artifacts runs and logged models have; the bytes themselves have a protocol of their own. */
export const artifactEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: 'artifacts/list',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const tables = open(workspace.database)
      const { artifact_uri: rootUri } = await wireRunInfo(
        tables,
        await heldRun(tables, { project, id: runIdOf(message) }),
      )
      return wireListing(workspace, { project, rootUri, path: message.text('path') ?? '' })
    },
  },
  {
    method: 'GET',
    path: 'logged-models/:model_id/artifacts/directories',
    permission: 'run:read',
    answer: async ({ workspace, project, message, words }) => {
      const { artifact_location: rootUri } = await heldModel(open(workspace.database), {
        project,
        id: words['model_id'],
      })
      return wireListing(workspace, { project, rootUri, path: message.text('artifact_directory_path') ?? '' })
    },
  },
]
