import type { FieldType } from '#model'
import type { Blobs, Lake, Table } from '#platform'
import { checkedQuery } from '../compiled/check-compiled.ts'
import type { CompiledQuery } from '../compiled/compile-query.ts'
import type { SourceRow } from '../compiled/value.ts'
import type { Dataset } from '../schema.ts'
import { rowChecks, type CheckRows } from './check-rows.ts'
import { openHistory, type HistoryLookup } from './history-lookup.ts'
import { requestForm, type RequestForm } from './request-form.ts'
import { requestSql, type RequestQuery } from './request-sql.ts'
import { sharedRuns } from './shared-runs.ts'

/** What a plan knows of one dataset. */
export interface PlanState {
  readonly dataset: Dataset
  readonly form: RequestForm
  readonly check: CheckRows
  /** Null where the request itself gives every column. */
  readonly query: RequestQuery | null
  /**
   * Makes the columns of the query without DuckDB where that is certain to give the same, of rows whose values stand in the order of the columns of its source; null where the
   * request itself gives every column.
   */
  readonly run: ((rows: readonly SourceRow[]) => Table | Promise<Table>) | null
  readonly histories: readonly HistoryLookup[]
  /** Columns of what is prepared: the inputs, the entity and the time. */
  readonly names: readonly string[]
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
  const compiled = query && form.query ? await checkedQuery(lake, { query: form.query, made: query }) : null
  return {
    dataset,
    form,
    check: rowChecks(form),
    query,
    run: query && runOf(sharedRuns(lake, query), compiled),
    histories,
    names: [...new Set([...dataset.inputs.map(({ name }) => name), ...dataset.entity, ...timeOf(dataset)])],
  }
}

const timeOf = ({ time }: Dataset): readonly string[] => (time === null ? [] : [time])

function runOf(
  byDuckDb: (rows: readonly SourceRow[]) => Promise<Table>,
  compiled: CompiledQuery | null,
): PlanState['run'] {
  return compiled ? (rows) => compiled(rows) ?? byDuckDb(rows) : byDuckDb
}
