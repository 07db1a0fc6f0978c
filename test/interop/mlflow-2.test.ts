import { afterAll, beforeAll } from 'vitest'
import { describeClients } from './describe-clients.ts'
import { openInteropServer, type InteropServer } from './interop-server.ts'
import { openPython } from './python-client.ts'

const python = await openPython('requirements-mlflow-2.txt')
let server: InteropServer
beforeAll(async () => {
  if (python !== undefined) server = await openInteropServer({})
})
afterAll(() => server?.close())

describeClients(python, [
  {
    client: "MLflow 2's clients of tracking",
    script: () => ['mlflow_tracking', server.http],
    checks: {
      keeps_experiments: 'keep experiments',
      logs_with_the_fluent_api: 'log runs with the fluent API',
      logs_batches_and_datasets: 'log batches and the datasets of a run',
      finds_runs: 'find runs by filters and orders, page by page',
      changes_runs: 'change the name, tags and status of a run',
      says_what_is_wrong: "are told what was wrong in MLflow's own words",
    },
  },
  {
    client: "MLflow 2's clients of artifacts",
    script: () => ['mlflow_artifacts', server.http, '20000000'],
    checks: {
      logs_a_file: 'log a file, and get it back',
      logs_a_folder: 'log a folder with folders in it, and get all of it back',
      logs_text_dicts_and_tables: 'log text, dictionaries and tables, and load them',
      keeps_names_of_any_language: 'keep names of any language, and with signs',
      overwrites: 'put a file in the place of another',
      logs_empty_and_large_files: 'log an empty file and a large one',
      sends_a_file_in_parts: 'send a file in parts, and get it back',
      deletes: 'delete artifacts',
      says_what_is_wrong: "are told what was wrong in MLflow's own words",
    },
  },
  {
    client: "MLflow 2's clients of the registry",
    script: () => ['mlflow_registry', server.http],
    checks: {
      keeps_registered_models: 'keep registered models',
      makes_versions_of_runs: 'make versions of runs and other versions',
      moves_aliases_and_stages: 'move aliases, and versions from stage to stage',
      finds_versions: 'find versions by filters and orders, page by page',
    },
  },
  {
    client: "MLflow 2's flavours",
    script: () => ['mlflow_flavours', server.http],
    checks: {
      logs_scikit_learn_by_itself: 'log what scikit-learn trains by themselves',
      keeps_scikit_learn_models: 'log and register models of scikit-learn, and load them',
    },
  },
])
