import { createReadStream } from 'node:fs'
import { durationMs, type Workspace } from '#platform'
import { candidateName, type CandidateSpec } from '#system'
import { logArtifact, logMetrics, openRunDoor } from '#tracking'
import type { TrainedCandidate, TrainingProgram } from '#training'
import type { FitOptions } from './fit-options.ts'
import { trainingData, type RowSlice } from './learning-rows.ts'

export interface ProgramFitOptions extends FitOptions {
  readonly slice: RowSlice
  /** The run that it is recorded in. */
  readonly runId: string
  /** Folder among the artifacts for what it leaves; empty for the topmost. */
  readonly artifactFolder: string
}

/**
 * Trains one candidate by the program that its system names. What the program leaves besides the model is kept in the run,
 * and so is its log, however it ended; while it trains it can log there as a client of MLflow.
 */
export async function fitProgram(
  workspace: Workspace,
  spec: CandidateSpec,
  options: ProgramFitOptions,
): Promise<TrainedCandidate> {
  const { system, dataset, slice, runId, artifactFolder, signal, tell } = options
  const name = candidateName(spec)
  const { framing, dataset: made, seed } = system.spec
  const door = await openRunDoor(workspace, runId)
  try {
    return await options.pool.trainProgram(
      trainingData(dataset, slice),
      {
        kind: spec.kind,
        system: system.system,
        name,
        program: programOf(spec),
        params: spec.params,
        seed: `${seed}/${name}`,
        baseFolder: system.baseFolder,
        names: { target: framing.target, time: framing.time ?? null, weight: made.weight ?? null },
      },
      {
        workspace,
        signal,
        onProgress: (share, text) => tell?.(`${Math.round(share * 100)} % ${text}`.trimEnd()),
        tracking: { uri: door.uri, token: door.token, runId },
        keepFile: async (path, file) => {
          const { digest } = await workspace.blobs.putStream(createReadStream(file))
          await logArtifact(workspace, { runId, path: `${artifactFolder}${path}`, digest })
        },
        keepMetrics: (metrics) => logMetrics(workspace, { runId, metrics, step: 'last' }),
      },
    )
  } finally {
    await door.close()
  }
}

/** The program of a candidate, as training takes it. */
export function programOf({ kind, program }: CandidateSpec): TrainingProgram {
  if (!program) throw new TypeError(`Cannot train '${kind}': the candidate names no program`)
  const { requirements, timeout, ...same } = program
  if (typeof requirements === 'string') throw new TypeError('Cannot train: the requirements were not read')
  return {
    ...same,
    requirements: kind === 'python' ? (requirements ?? []) : null,
    timeoutMs: durationMs(timeout),
  }
}
