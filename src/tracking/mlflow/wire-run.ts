import type { RunStatus } from '../schema.ts'
import { experimentsOf } from '../store/experiments.ts'
import { inputsOf, modelLinksOf } from '../store/inputs.ts'
import { metricTexts, paramTexts, tagTexts } from '../store/json-texts.ts'
import type { RunRow, Tracking } from '../store/tables.ts'
import { wireList } from './endpoint.ts'

/** Runs as the protocol writes them, each as JSON: with their parameters, newest metrics, tags, inputs and outputs. */
export async function wireRuns(tables: Tracking, runs: readonly RunRow[]): Promise<readonly string[]> {
  const numbers = runs.map(({ number }) => number)
  const params = await paramTexts(tables, numbers)
  const metrics = await metricTexts(tables, numbers)
  const tags = await tagTexts(tables, numbers)
  const inputs = Map.groupBy(await inputsOf(tables, numbers), ({ run }) => run)
  const links = Map.groupBy(await modelLinksOf(tables, numbers), ({ run }) => run)
  const experiments = await experimentsOf(tables, runs)
  return runs.map((run) => {
    const { number } = run
    const data = [
      ['metrics', metrics.get(number)],
      ['params', params.get(number)],
      ['tags', tags.get(number)],
    ].flatMap(([name, text]) => (text === undefined ? [] : [`"${name}":${text}`]))
    const models = links.get(number) ?? []
    const used = {
      dataset_inputs: inputs.get(number)?.map(wireInput),
      model_inputs: wireList(
        models.filter(({ direction }) => direction === 'input').map(({ model_id }) => ({ model_id })),
      ),
    }
    const made = {
      model_outputs: wireList(
        models.filter(({ direction }) => direction === 'output').map(({ model_id, step }) => ({ model_id, step })),
      ),
    }
    const info = wireInfo(run, experiments.get(run.experiment)?.artifact_location ?? '')
    return `{"info":${JSON.stringify(info)},"data":{${data.join(',')}},"inputs":${JSON.stringify(used)},"outputs":${JSON.stringify(made)}}`
  })
}

const wireInput = (input: Awaited<ReturnType<typeof inputsOf>>[number]) => ({
  tags: wireList(JSON.parse(input.tags) as readonly object[]),
  dataset: {
    name: input.name,
    digest: input.digest,
    source_type: input.source_type,
    source: input.source,
    schema: input.schema ?? undefined,
    profile: input.profile ?? undefined,
  },
})

/** A run without what was logged to it. */
export async function wireRunInfo(tables: Tracking, run: RunRow) {
  return wireInfo(run, (await experimentsOf(tables, [run])).get(run.experiment)?.artifact_location ?? '')
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
