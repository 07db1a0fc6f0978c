import { routeOf } from '#deployment'
import { isFailure, type Workspace } from '#platform'
import { modelVersion } from '#registry'
import { listSystems } from '#system'
import { fail } from '../failures.ts'
import type { Serving } from '../live/open-serving.ts'
import { checkTensors } from './check-inputs.ts'
import { deadlineOf } from './deadline.ts'
import type { InferRequest, InferResponse, ModelMetadata, RepositoryEntry, TensorValue } from './schema.ts'
import { systemSpecs, tableOfTensors, tensorsOfScores } from './system-tensors.ts'

/** Systems as models of the protocol: the name of a system, and the versions of it that serve. */
export interface SystemInference {
  /** Whether there is a system of that name of which a version serves. */
  has(name: string): Promise<boolean>
  metadata(name: string, version?: string): Promise<ModelMetadata>
  infer(request: InferRequest): Promise<InferResponse>
  index(): Promise<readonly RepositoryEntry[]>
}

/**
 * Speaks for the systems of a store. A request gives the inputs of the model itself, so nothing is looked up; it is
 * kept in the system's log like any other, and a release gets its share.
 */
export function systemInference(workspace: Workspace, serving: Serving): SystemInference {
  const versionsOf = async (system: string) => {
    const { endpoint, release } = await routeOf(workspace, system)
    const ids = [endpoint.championVersionId, ...(release ? [release.versionId] : [])]
    return Promise.all(ids.map((id) => modelVersion(workspace, id)))
  }
  return {
    has: (name) =>
      routeOf(workspace, name).then(
        () => true,
        (error: unknown) => {
          if (isFailure(error)) return false
          throw error
        },
      ),
    metadata: async (name, version) => {
      const serves = await versionsOf(name)
      const asked = version === undefined ? serves[0] : serves.find(({ number }) => String(number) === version)
      if (!asked)
        throw fail('unknownModel', `Request for unknown model: version ${version} of '${name}' does not serve`)
      const versions = serves.map(({ number }) => String(number))
      return { name, versions, platform: 'onnx_onnxv1', ...systemSpecs(asked.signature) }
    },
    infer: async ({ model, version, id, inputs, outputs, parameters }) => {
      const deadlineMs = deadlineOf(parameters?.['timeout'], performance.now())
      const serves = await serving.infer({
        system: model,
        version: version === undefined ? null : Number(version),
        requestId: id ?? null,
        deadlineMs,
        tableOf: ({ inputs: fields, ...signature }) => {
          checkTensors(systemSpecs({ ...signature, inputs: fields }).inputs, inputs)
          return tableOfTensors(fields, inputs)
        },
      })
      const found = tensorsOfScores(serves.scored)
      const unknown = outputs?.find((name) => !Object.hasOwn(found, name))
      if (unknown !== undefined)
        throw fail(
          'badInput',
          `Cannot run the model: it has no output '${unknown}', it gives ${Object.keys(found).join(', ')}`,
        )
      return {
        model,
        version: String(serves.version),
        id,
        parameters: { prediction_id: serves.predictionId },
        outputs: (outputs ?? Object.keys(found)).map((name) => found[name] as TensorValue),
      }
    },
    index: async () => {
      const entries: RepositoryEntry[] = []
      for (const { system: name } of await listSystems(workspace)) {
        const serves = await versionsOf(name).catch(() => [])
        entries.push(
          ...serves.map(({ number }) => ({ name, version: String(number), state: 'READY' as const, reason: '' })),
        )
      }
      return entries
    },
  }
}
