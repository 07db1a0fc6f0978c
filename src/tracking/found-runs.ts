import { experimentsOf } from './store/experiments.ts'
import { inputsOf, modelLinksOf } from './store/inputs.ts'
import { latestOf, type Measured } from './store/metrics.ts'
import { originsOf, paramsOf, tagsOf } from './store/runs.ts'
import type { RunRow, Tracking } from './store/tables.ts'

/** Runs as our own API shows many of them: with what was logged last, without histories and datasets. */
export async function foundRuns(tables: Tracking, rows: readonly RunRow[]) {
  const numbers = rows.map(({ number }) => number)
  const params = byRun(await paramsOf(tables, numbers))
  const tags = byRun(await tagsOf(tables, numbers))
  const metrics = byRun(await latestOf(tables, numbers))
  const systems = new Map((await originsOf(tables, numbers)).map(({ run, system }) => [run, system]))
  const experiments = await experimentsOf(tables, rows)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    experiment: { id: String(row.experiment), name: experiments.get(row.experiment)?.name ?? '' },
    system: systems.get(row.number) ?? null,
    user: row.user_name,
    status: row.status,
    state: row.state,
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
    params: (params.get(row.number) ?? []).map(pairOf),
    metrics: (metrics.get(row.number) ?? []).map((point) => ({ ...measureOf(point), name: point.name })),
    tags: (tags.get(row.number) ?? []).map(pairOf),
  }))
}

/** A run with all that is known of it but the histories of its metrics and its artifacts. */
export async function runRecord(tables: Tracking, row: RunRow) {
  const [found] = await foundRuns(tables, [row])
  const location = (await experimentsOf(tables, [row])).get(row.experiment)?.artifact_location ?? ''
  const [origin] = await originsOf(tables, [row.number])
  return {
    ...(found as NonNullable<typeof found>),
    artifactUri: `${location}/${row.id}/artifacts`,
    datasets: (await inputsOf(tables, [row.number])).map((input) => ({
      name: input.name,
      digest: input.digest,
      sourceType: input.source_type,
      source: input.source,
      schema: input.schema,
      profile: input.profile,
      context: input.context,
      tags: JSON.parse(input.tags) as { key: string; value: string }[],
    })),
    models: (await modelLinksOf(tables, [row.number])).map(({ model_id: id, direction, step }) => ({
      id,
      direction,
      step,
    })),
    origin: origin ? originFields(origin) : null,
  }
}

function originFields(origin: Awaited<ReturnType<typeof originsOf>>[number]) {
  const { run: _, ...fields } = origin
  return fields
}

/** A value as JSON can hold it. */
export const measureOf = ({ value, step, atMs }: Measured) => ({
  value: Number.isNaN(value) ? ('NaN' as const) : value,
  step,
  atMs,
})

export const pairOf = ({ name, value }: { readonly name: string; readonly value: string }) => ({ name, value })

const byRun = <T extends { run: number }>(items: readonly T[]) => Map.groupBy(items, ({ run }) => run)
