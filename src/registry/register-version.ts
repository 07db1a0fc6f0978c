import type { Evaluation, GateResult } from '#evaluation'
import type { Partition, Signature } from '#model'
import type { Digest, Workspace } from '#platform'
import { fail } from './failures.ts'
import type { Lineage, ModelVersion } from './schema.ts'
import { findVersion, insertVersion, lastNumber, putState, together } from './store.ts'

/** What is told of a model when it is registered. */
export interface Registration {
  readonly system: string
  readonly runId: string
  /** Name of the candidate that became it. */
  readonly candidate: string
  /** The ONE file; the store must hold it. */
  readonly onnxDigest: Digest
  /** The models of its segments; the store must hold them too. */
  readonly partition?: Partition | null | undefined
  /** What the model takes and gives; read from the file where absent. */
  readonly signature?: Signature
  readonly evaluation: Evaluation
  readonly threshold?: number | null
  readonly lineage: Lineage
  readonly gates?: readonly GateResult[]
  readonly actor?: string
}

/**
 * Makes a model a version of its system, with the next number. A second call for the same run changes nothing and
 * returns the first.
 * @throws {Failure} `registry/noEvaluation`, `registry/missingModel`, `registry/taskMismatch`, `model/noSignature`,
 *   `model/unreadable`
 */
export async function registerVersion(workspace: Workspace, registration: Registration): Promise<ModelVersion> {
  const { system, runId, candidate, onnxDigest, evaluation, lineage } = registration
  holdEvaluated(registration)
  await holdFiles(workspace, registration)
  // What reads models is loaded with the first one to be read.
  const { readSignature } = await import('#model')
  const signature = registration.signature ?? readSignature(await workspace.blobs.read(onnxDigest))
  if (signature.task !== evaluation.task)
    throw fail(
      'taskMismatch',
      `Cannot register '${candidate}': it is a ${signature.task} model, its evaluation is of a ${evaluation.task} task`,
    )
  return together(workspace.database, async (tables) => {
    const held = await findVersion(tables, { runId })
    if (held) return held
    const registeredAtMs = workspace.clock.now()
    const version: ModelVersion = {
      id: workspace.ids.next('version'),
      system,
      number: (await lastNumber(tables, system)) + 1,
      runId,
      candidate,
      onnxDigest,
      partition: registration.partition ?? null,
      signature,
      evaluation,
      threshold: registration.threshold ?? null,
      lineage,
      gates: registration.gates ?? [],
      state: 'registered',
      registeredAtMs,
    }
    await insertVersion(tables, version)
    const { actor = 'loop' } = registration
    await putState(tables, version.id, { state: 'registered', atMs: registeredAtMs, actor, reason: `run ${runId}` })
    return version
  })
}

async function holdFiles(workspace: Workspace, { candidate, onnxDigest, partition }: Registration): Promise<void> {
  const { blobs } = workspace
  const hold = async (digest: Digest, what: string): Promise<void> => {
    if (!(await blobs.has(digest)))
      throw fail(
        'missingModel',
        `Cannot register '${candidate}': the store does not hold ${what}'${digest.slice(0, 12)}…'`,
      )
  }
  await hold(onnxDigest, '')
  if (!partition) return
  await hold(partition.segmentsDigest, 'the list of its segments ')
  const { segmentsOf } = await import('#model')
  for (const model of await segmentsOf(workspace, partition.segmentsDigest))
    await hold(model.onnxDigest, `the model of segment '${model.segment}' `)
}

function holdEvaluated({
  candidate,
  evaluation,
}: {
  candidate: string
  evaluation: Evaluation | null | undefined
}): void {
  const lack = !evaluation
    ? 'it has no evaluation'
    : evaluation.rows < 1
      ? 'it was judged on no rows'
      : Object.keys(evaluation.metrics).length === 0
        ? 'its evaluation holds no metric'
        : null
  if (lack !== null) throw fail('noEvaluation', `Cannot register '${candidate}': ${lack}`)
}
