import type { FieldType } from '#model'
import type { Blobs, Lake, Table } from '#platform'
import type { Dataset } from '../schema.ts'
import { openHistory, type HistoryLookup } from './history-lookup.ts'
import { requestForm, type RequestForm } from './request-form.ts'
import { requestSql, type RequestQuery } from './request-sql.ts'
import { sharedRuns } from './shared-runs.ts'

/** What a plan knows of one dataset. */
export interface PlanState {
  readonly dataset: Dataset
  readonly form: RequestForm
  /** Null where the request itself gives every column. */
  readonly query: RequestQuery | null
  /** Makes the columns of the query; null where the request itself gives every column. */
  readonly run: ((rows: readonly Readonly<Record<string, unknown>>[]) => Promise<Table>) | null
  readonly histories: readonly HistoryLookup[]
}

/** Reads what requests of a dataset need. */
export async function openPlanState(
  lake: Lake,
  { blobs, dataset }: { readonly blobs: Blobs; readonly dataset: Dataset },
): Promise<PlanState> {
  const form = await requestForm(lake, dataset)
  const query = form.query && (await requestSql(lake, { form, query: form.query }))
  const typeOf = new Map(dataset.columns.map(({ name, type }) => [name, type]))
  const histories: HistoryLookup[] = []
  for (const table of dataset.history) {
    const types = table.by.map((name) => typeOf.get(name) as FieldType)
    histories.push(await openHistory(lake, { blobs, table, types }))
  }
  return { dataset, form, query, run: query && sharedRuns(lake, query), histories }
}
