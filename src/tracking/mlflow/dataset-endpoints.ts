import { usedDatasets } from '../store/inputs.ts'
import { open } from '../store/tables.ts'
import { wireList, type Endpoint } from './endpoint.ts'
import { invalid } from './mlflow-failure.ts'

/** The address by which the datasets that runs used are found. */
export const datasetEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: 'experiments/search-datasets',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const ids = message.texts('experiment_ids')
      if (ids.length === 0) throw invalid('SearchDatasets request must specify at least one experiment_id.')
      if (ids.length > mostExperiments)
        throw invalid(
          `SearchDatasets request cannot specify more than ${mostExperiments} experiment_ids. Received ${ids.length} experiment_ids.`,
        )
      const experiments = ids.filter((id) => /^\d{1,9}$/.test(id)).map(Number)
      const found = await usedDatasets(open(workspace.database), { project, experiments, limit: mostSummaries })
      return {
        dataset_summaries: wireList(
          found.map(({ experiment, name, digest, context }) => ({
            experiment_id: String(experiment),
            name,
            digest,
            context: context ?? undefined,
          })),
        ),
      }
    },
  },
]

const mostExperiments = 20
const mostSummaries = 1000
