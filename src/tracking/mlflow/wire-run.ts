import type { RunStatus } from '../schema.ts'
import { inputsOf, modelLinksOf } from '../store/inputs.ts'
import { latestOf, type Measured } from '../store/metrics.ts'
import { paramsOf, tagsOf } from '../store/runs.ts'
import { listed } from '../store/insert-many.ts'
import type { RunRow, Tracking } from '../store/tables.ts'
import { wireList, wireNumber } from './endpoint.ts'

/** Runs as the protocol writes them, with their parameters, newest metrics, tags, inputs and outputs. */
export async function wireRuns(tables: Tracking, runs: readonly RunRow[]) {
  const numbers = runs.map(({ number }) => number)
  const byRun = <Row extends { run: number }>(rows: readonly Row[]) => Map.groupBy(rows, ({ run }) => run)
  const params = byRun(await paramsOf(tables, numbers))
  const metrics = byRun(await latestOf(tables, numbers))
  const tags = byRun(await tagsOf(tables, numbers))
  const inputs = byRun(await inputsOf(tables, numbers))
  const links = byRun(await modelLinksOf(tables, numbers))
  const places = await locations(tables, runs)
  return runs.map((run) => {
    const { number } = run
    const models = links.get(number) ?? []
    return {
      info: wireInfo(run, places.get(run.experiment) as string),
      data: {
        metrics: metrics.get(number)?.map(wireMetric),
        params: params.get(number)?.map(wirePair),
        tags: tags.get(number)?.map(wirePair),
      },
      inputs: {
        dataset_inputs: inputs.get(number)?.map((input) => ({
          tags: wireList(JSON.parse(input.tags) as readonly object[]),
          dataset: {
            name: input.name,
            digest: input.digest,
            source_type: input.source_type,
            source: input.source,
            schema: input.schema ?? undefined,
            profile: input.profile ?? undefined,
          },
        })),
        model_inputs: wireList(
          models.filter(({ direction }) => direction === 'input').map(({ model_id }) => ({ model_id })),
        ),
      },
      outputs: {
        model_outputs: wireList(
          models.filter(({ direction }) => direction === 'output').map(({ model_id, step }) => ({ model_id, step })),
        ),
      },
    }
  })
}

/** A run without what was logged to it. */
export async function wireRunInfo(tables: Tracking, run: RunRow) {
  return wireInfo(run, (await locations(tables, [run])).get(run.experiment) as string)
}

export const wireMetric = ({ name, value, atMs, step }: Measured) => ({
  key: name,
  value: wireNumber(value),
  timestamp: atMs,
  step,
})

export const wirePair = ({ name, value }: { readonly name: string; readonly value: string }) => ({ key: name, value })

/** Where the artifacts of the experiments of some runs are. */
async function locations(tables: Tracking, runs: readonly RunRow[]): Promise<ReadonlyMap<number, string>> {
  const numbers = [...new Set(runs.map(({ experiment }) => experiment))]
  const query = tables.selectFrom('tracking_experiments').select(['number', 'artifact_location'])
  const rows = await query.where('number', 'in', listed(numbers)).execute()
  return new Map(rows.map(({ number, artifact_location }) => [number, artifact_location]))
}

function wireInfo(run: RunRow, location: string) {
  return {
    run_uuid: run.id,
    experiment_id: String(run.experiment),
    run_name: run.name,
    user_id: run.user_name,
    status: statusNames[run.status],
    start_time: run.started_at_ms,
    end_time: run.finished_at_ms ?? undefined,
    artifact_uri: `${location}/${run.id}/artifacts`,
    lifecycle_stage: run.state,
    run_id: run.id,
  }
}

/** What the protocol calls the states of a run, in the order of their numbers there. */
export const statusNames = {
  running: 'RUNNING',
  scheduled: 'SCHEDULED',
  finished: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
} as const satisfies Record<RunStatus, string>
