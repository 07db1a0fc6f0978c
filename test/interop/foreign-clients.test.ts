import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { simpleModel } from '../../src/serving/fixtures/protocol-models.ts'
import { describeClients, type ClientChecks } from './describe-clients.ts'
import { openInteropServer, type InteropServer } from './interop-server.ts'
import { openPython } from './python-client.ts'

const python = await openPython()
let server: InteropServer
let folder: string
beforeAll(async () => {
  if (python === undefined) return
  server = await openInteropServer()
  folder = await mkdtemp(join(tmpdir(), 'millrace-interop-'))
  await writeFile(join(folder, 'model.onnx'), simpleModel())
})
afterAll(async () => {
  if (python === undefined) return
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

/** What every client is asked to do, by the name of the check in its script. */
const clients: readonly ClientChecks[] = [
  {
    client: 'tritonclient over gRPC',
    script: () => ['triton_grpc', server.grpc],
    checks: {
      health: 'asks whether the server and a model live and are ready',
      metadata: 'reads what the server and a model are',
      config: 'reads how a model is configured',
      statistics: 'reads how often a model ran',
      synchronous: 'infers',
      every_datatype_raw: 'sends and receives every datatype to the ends of its range, as raw bytes',
      every_datatype_typed: 'sends and receives every datatype but halves as typed contents',
      requested_outputs: 'receives the outputs that it asks for, and no others',
      request_id_and_version: 'is told its own id, and the version that answered',
      many_rows: 'infers thousands of rows at once',
      no_rows: 'gets nothing for a request without rows',
      asynchronous: 'infers without waiting, with callbacks',
      aio: 'infers with asyncio, many at a time',
      compression: 'sends requests compressed by gzip and deflate',
      deadlines: 'sets deadlines, generous and impossible ones',
      errors: 'is told what was wrong, and can go on',
    },
  },
  {
    client: 'tritonclient over HTTP',
    script: () => ['triton_http', server.http],
    checks: {
      health: 'asks whether the server and a model live and are ready',
      metadata: 'reads what the server and a model are',
      config: 'reads how a model is configured',
      statistics: 'reads how often a model ran',
      binary_by_default: 'infers with binary tensors, as it does where nothing is said',
      json_only: 'infers with JSON both ways',
      mixed_json_and_binary: 'mixes JSON and binary tensors in one request, and in one answer',
      every_datatype_binary: 'sends and receives every datatype to the ends of its range, as binary tensors',
      every_datatype_json: 'sends and receives every datatype but halves as JSON',
      compression: 'compresses requests and answers by gzip and deflate',
      requested_outputs: 'receives the outputs that it asks for, and no others',
      request_id_and_version: 'is told its own id, and the version that answered',
      many_rows: 'infers hundreds of rows at once',
      no_rows: 'gets nothing for a request without rows',
      asynchronous: 'infers without waiting',
      timeout_parameter: 'says how long it will wait',
      aio: 'infers with asyncio, many at a time',
      errors: 'is told what was wrong with the right status, and can go on',
    },
  },
  ...(['grpc', 'http'] as const).map((protocol) => ({
    client: `tritonclient's control of the repository over ${protocol === 'grpc' ? 'gRPC' : 'HTTP'}`,
    script: () => ['triton_repository', protocol, server[protocol], join(folder, 'model.onnx')],
    checks: {
      lists_what_is_there: 'lists the models that are there',
      loads_a_file_that_is_handed_over: 'loads a file that it hands over, and infers with it',
      unloads_and_loads_again: 'unloads a model and loads it again',
      refuses_what_is_no_model: 'is refused what is no model, and the rest goes on',
    },
  })),
  {
    client: 'the clients of KServe over gRPC',
    script: () => ['kserve_grpc', server.grpc],
    checks: {
      health: 'ask whether the server and a model are ready',
      infers_raw: 'infer with raw tensors',
      infers_typed: 'infer with typed tensors',
      errors: 'are told what was wrong',
    },
  },
  {
    client: 'the clients of KServe over HTTP',
    script: () => ['kserve_http', server.http],
    checks: {
      health: 'ask whether the server and a model live and are ready',
      infers_json: 'infer with JSON',
      infers_binary: 'infer with binary tensors',
      errors: 'are told what was wrong',
    },
  },
  {
    client: "MLflow's scoring client",
    script: () => ['mlflow_scoring', server.http],
    checks: {
      is_alive: 'asks whether the server lives, and for its version',
      scores_a_data_frame: 'scores data frames of pandas, missing values and long integers included',
      scores_records: 'scores records',
      scores_csv: 'scores the CSV that pandas writes',
      scores_arrays: 'scores arrays of numpy, instances, and inputs by name',
      takes_params: 'sends params',
      says_what_is_wrong: "is told what was wrong in MLflow's own form",
    },
  },
  {
    client: "MLflow's clients of tracking",
    script: () => ['mlflow_tracking', server.http],
    checks: {
      keeps_experiments: 'keep experiments: made, tagged, renamed, found, deleted and restored',
      logs_with_the_fluent_api: 'log runs with the fluent API, nested ones, NaN and infinities included',
      logs_batches_and_datasets: 'log batches, twice where an answer was lost, and the datasets of a run',
      finds_runs: 'find runs by filters and orders, page by page',
      changes_runs: 'change the name, tags and status of a run',
      says_what_is_wrong: "are told what was wrong in MLflow's own words",
    },
  },
  {
    client: "MLflow's clients of artifacts",
    script: () => ['mlflow_artifacts', server.http],
    checks: {
      logs_a_file: 'log a file, and get it back',
      logs_a_folder: 'log a folder with folders in it, list it step by step, and get all of it back',
      logs_text_dicts_and_tables: 'log text, dictionaries and tables, and load them',
      keeps_names_of_any_language: 'keep names of any language, and with signs',
      overwrites: 'put a file in the place of another',
      logs_empty_and_large_files: 'log an empty file and a large one',
      sends_a_file_in_parts: 'send a file of 500 MB in parts, and get it back',
      deletes: 'delete artifacts',
      says_what_is_wrong: "are told what was wrong in MLflow's own words",
    },
  },
  {
    client: "MLflow's clients of the registry",
    script: () => ['mlflow_registry', server.http],
    checks: {
      keeps_logged_models: 'keep logged models: made, finalized, tagged, given parameters and deleted',
      finds_logged_models_by_their_metrics: 'find logged models by metrics, parameters and datasets, page by page',
      keeps_registered_models: 'keep registered models: made, tagged, described, renamed, found and deleted',
      makes_versions_of_runs: 'make versions of runs and other versions',
      makes_versions_of_logged_models: 'make versions of logged models',
      moves_aliases_and_stages: 'move aliases, and versions from stage to stage',
      finds_versions: 'find versions by filters and orders, page by page',
      keeps_prompts: 'keep prompts apart from models',
    },
  },
  {
    client: "MLflow's client of webhooks",
    script: () => ['mlflow_webhooks', server.http],
    checks: {
      keeps_webhooks: 'keeps webhooks: made, listed, changed and deleted',
      is_told_what_happens: 'is told what happens in the registry, signed as MLflow signs it',
      tries_webhooks: 'tries webhooks',
    },
  },
  {
    client: "MLflow's client of ONNX models",
    script: () => ['mlflow_deploys', server.http],
    checks: {
      serves_what_it_registers: 'registers a model, which answers once it is READY',
      brings_weights_in_files_beside: 'brings weights in files beside the graph',
      serves_columns_of_pandas: 'registers a model of the columns of a data frame',
      loads_what_is_served: 'loads by alias what is served',
      is_told_why_a_version_failed: 'is told why a version failed',
      keeps_other_flavours_unserved: 'keeps models of other flavours, and is told how to export them',
      lets_go_of_what_it_deletes: 'deletes what is served',
    },
  },
  {
    client: "MLflow's clients with tokens",
    script: () => ['mlflow_access', server.http, server.tokens.bound, server.tokens.free],
    checks: {
      logs_in_the_project_of_its_token: 'log a run with metrics and artifacts in the project of their token',
      sends_the_token_as_password: 'send the token as the password of a user',
      sees_nothing_of_other_projects: 'see nothing of another project',
      chooses_a_project: 'choose the project by MLFLOW_WORKSPACE',
      says_what_is_wrong: 'are told what is wrong with a token',
    },
  },
]

describeClients(python, clients)
