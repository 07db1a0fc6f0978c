import type { Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { LifecycleState, LoggedModelStatus } from '../schema.ts'
import {
  addModelMetrics,
  insertLoggedModel,
  insertModelParams,
  isModelIdTaken,
  loggedModelById,
  putModelTags,
  updateLoggedModel,
  type ModelMeasured,
  type Named,
} from '../store/logged-models.ts'
import { runById } from '../store/runs.ts'
import { together, type LoggedModelRow } from '../store/tables.ts'
import { targetExperiment } from './import-experiment.ts'
import type { InExperiment } from './import-run.ts'

/** A logged model as it is brought in from elsewhere, with the id that it is to have here. */
export interface GivenLoggedModel {
  readonly id: string
  readonly name: string
  readonly status: LoggedModelStatus
  readonly state: LifecycleState
  readonly modelType: string
  readonly sourceRun: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly tags: readonly Named[]
  readonly params: readonly Named[]
  readonly metrics: readonly (Omit<ModelMeasured, 'modelId'> & { readonly run: string })[]
}

/**
 * Brings a logged model into an experiment, after the runs that its metrics are of: those of runs that are not there are
 * left out.
 * @returns where its files belong, and how many values were left out
 * @throws {Failure} `tracking/idTaken`, `tracking/ownRecord`
 */
export function importLoggedModel(
  workspace: Workspace,
  { project, experiment: id, model: given }: InExperiment & { readonly model: GivenLoggedModel },
): Promise<{ readonly artifactUri: string; readonly leftOut: number }> {
  return together(workspace.database, async (tables) => {
    const experiment = await targetExperiment(tables, { project, id })
    const held = await loggedModelById(tables, { project, id: given.id })
    if (held ? held.experiment !== experiment.number : await isModelIdTaken(tables, given.id))
      throw fail('idTaken', `Cannot bring in the logged model '${given.id}': another experiment has one of this id`, {
        details: { model: given.id },
      })
    const row: Omit<LoggedModelRow, 'number'> = {
      id: given.id,
      experiment: experiment.number,
      name: given.name,
      artifact_location: `${experiment.artifact_location}/models/${given.id}/artifacts`,
      status: given.status,
      state: given.state,
      model_type: given.modelType,
      source_run: given.sourceRun,
      created_at_ms: given.createdAtMs,
      updated_at_ms: given.updatedAtMs,
    }
    const number = held?.number ?? (await insertLoggedModel(tables, row))
    if (held) await updateLoggedModel(tables, number, row)
    await putModelTags(tables, number, given.tags)
    await insertModelParams(tables, number, given.params)
    let leftOut = 0
    for (const [runId, points] of Map.groupBy(given.metrics, ({ run }) => run)) {
      const run = await runById(tables, { project, id: runId })
      if (!run) leftOut += points.length
      else
        await addModelMetrics(
          tables,
          run,
          points.map((point) => ({ ...point, modelId: given.id, model: number })),
        )
    }
    return { artifactUri: row.artifact_location, leftOut }
  })
}
