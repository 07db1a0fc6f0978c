import { fail } from '../failures.ts'
import type { ModelHost } from '../engine/model-host.ts'
import type { Resident } from '../engine/open-resident.ts'
import { submit } from '../engine/submit.ts'
import { keyOf } from '../repository/catalogue.ts'
import type { FileModels } from '../repository/file-models.ts'
import type { ModelFile } from '../repository/store.ts'
import { linePrefix } from '../prediction-log/record-lines.ts'
import { checkInputs, specOf } from './check-inputs.ts'
import { deadlineOf } from './deadline.ts'
import type { SystemInference } from './system-inference.ts'
import { fileJob } from './file-job.ts'
import { statisticsOf } from './model-statistics.ts'
import type { Inference, InferRequest, InferResponse, RepositoryEntry } from './schema.ts'

export interface InferenceOptions {
  readonly models: FileModels
  readonly host: ModelHost
  readonly systems: SystemInference
  readonly nextId: () => string
  readonly clock: { now(): number }
  /** Lets every other process of the server follow a change of the repository. */
  readonly changed?: () => Promise<void>
}

/** Speaks for the model files of a store. */
export function openInference({ models, host, systems, nextId, clock, changed }: InferenceOptions): Inference {
  const resident = async (file: ModelFile): Promise<Resident> => models.peek(file) ?? (await models.open(file))
  /** Whether a name is that of a system: model files come first, for they are looked up in no time. */
  const isSystem = async (name: string): Promise<boolean> =>
    models.catalogue.list(name).length === 0 && (await systems.has(name))
  return {
    isReady: () => Promise.resolve(true),
    isModelReady: async (name, version) => {
      if (await isSystem(name))
        return systems.metadata(name, version).then(
          () => true,
          () => false,
        )
      const file = await models.fileOf(name, version)
      return resident(file).then(
        () => true,
        () => false,
      )
    },
    modelMetadata: async (name, version) => {
      if (await isSystem(name)) return systems.metadata(name, version)
      const file = await models.fileOf(name, version)
      const { inputs, outputs } = await resident(file)
      const versions = models.catalogue.list(name).filter(({ isLoaded }) => isLoaded)
      return {
        name,
        versions: versions.map((one) => String(one.version)),
        platform: 'onnx_onnxv1',
        inputs: inputs.map(specOf),
        outputs: outputs.map(specOf),
      }
    },
    infer: async (request) => {
      const cameMs = performance.now()
      if (await isSystem(request.model)) return systems.infer(request)
      const file = await models.fileOf(request.model, request.version)
      const model = await resident(file)
      return inferFile(request, { file, model, id: nextId(), atMs: clock.now(), cameMs })
    },
    index: async ({ readyOnly = false } = {}) => {
      const entries = [...models.catalogue.list().map(entryOf), ...(await systems.index())]
      return entries.filter(({ state }) => !readyOnly || state === 'READY')
    },
    load: async (name, { file } = {}) => {
      if (await systems.has(name)) throw fail('badInput', `Cannot load '${name}': a system of that name serves`)
      if (file) await models.put(name, file)
      else await models.setLoaded(name, true)
      await changed?.()
    },
    unload: async (name) => {
      await models.setLoaded(name, false)
      await changed?.()
    },
    statistics: async (name, version) => {
      if (name !== undefined && !(await isSystem(name))) await models.fileOf(name, version)
      return host
        .counted()
        .filter(({ file }) => (name ?? file.model) === file.model && (version ?? file.version) === file.version)
        .map(({ file, meter }) => statisticsOf(file, meter.counts))
    },
  }
}

async function inferFile(
  { inputs: given, outputs, id: requestId, parameters }: InferRequest,
  { file, model, id, atMs, cameMs }: { file: ModelFile; model: Resident; id: string; atMs: number; cameMs: number },
): Promise<InferResponse> {
  const { inputs, layout } = model
  const names = model.outputs.map(({ name }) => name)
  const unknown = outputs?.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw fail('badInput', `Cannot run the model: it has no output '${unknown}', it gives ${names.join(', ')}`)
  const tensors = checkInputs(inputs, given)
  // A request without rows has nothing to share: it runs alone.
  const shared = tensors[0]?.shape[0] === 0 ? null : layout
  const rows = shared ? (tensors[0]?.shape[0] as number) : 1
  const { job, answer } = fileJob({
    id,
    atMs,
    cameMs,
    deadlineMs: deadlineOf(parameters?.['timeout'], cameMs),
    requestId,
    rows,
    tensors,
    wanted: outputs ?? names,
    layout: shared,
    inputNames: inputs.map(({ name }) => name),
    linePrefix: linePrefix(keyOf(file)),
  })
  submit({ ...model, layout: shared }, job, { tensors, lane: parameters?.['shadow'] === true ? 'shadow' : 'live' })
  return {
    model: file.name,
    version: String(file.version),
    id: requestId,
    parameters: { prediction_id: id },
    outputs: await answer,
  }
}

const entryOf = ({ name, version, isLoaded }: ModelFile): RepositoryEntry => ({
  name,
  version: String(version),
  state: isLoaded ? 'READY' : 'UNAVAILABLE',
  reason: isLoaded ? '' : 'unloaded',
})
