import type { Table, Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { Dataset, RequestField } from '../schema.ts'
import { holdSession } from './hold-session.ts'
import { openPlanState, type PlanState } from './plan-state.ts'
import { prepareRows } from './prepare-rows.ts'
import { requestForm } from './request-form.ts'

/** Rows of a request as a model takes them. */
export interface PreparedRows {
  /** The inputs, the entity and the time, one row for each row of the request and in its order. */
  readonly table: Table
  /** What is unusual about the rows, one sentence each: old or missing histories, rows unlike those learned from. */
  readonly notes: readonly string[]
}

export interface PrepareOptions {
  /** The moment of the request: nothing learned later is used. The clock's now where absent. */
  readonly asOfMs?: number | undefined
}

export type RequestRow = Readonly<Record<string, unknown>>

/** What stands ready to make inputs of live requests. Many requests may use it at once. */
export interface RequestPlan {
  /** Columns that a request may and must hold, the required ones first. */
  readonly fields: readonly RequestField[]
  /**
   * Makes the inputs of request rows by the SQL of the dataset and the latest known values of its histories.
   * @throws {Failure} `dataset/noRequest`, `unknownField`, `missingField`, `wrongFieldType`, `requestFailed` or
   * `closedPlan`
   */
  prepare(rows: readonly RequestRow[], options?: PrepareOptions): Promise<PreparedRows>
  /** Answers from a newer dataset; requests under way end with the old one. */
  refresh(dataset: Dataset): Promise<void>
  /** Lets go of memory and connection. */
  close(): void
}

/** Opens what requests of a dataset need: its SQL over request rows and its histories in memory. */
export async function openRequestPlan(workspace: Workspace, dataset: Dataset): Promise<RequestPlan> {
  const session = await holdSession(workspace.lake)
  let state: PlanState | undefined
  try {
    state = await openPlanState(session.lake, { blobs: workspace.blobs, dataset })
  } catch (error) {
    session.close()
    throw error
  }
  const opened = (): PlanState => {
    if (state) return state
    throw fail('closedPlan', `Cannot prepare a request of '${dataset.system}': its plan is closed`)
  }
  return {
    get fields() {
      return opened().form.fields.map(({ name, type, required }) => ({ name, type, required }))
    },
    prepare: async (rows, { asOfMs = workspace.clock.now() } = {}) => prepareRows({ state: opened(), rows, asOfMs }),
    refresh: async (newer) => {
      opened()
      const next = await openPlanState(session.lake, { blobs: workspace.blobs, dataset: newer })
      opened()
      state = next
    },
    close: () => {
      state = undefined
      session.close()
    },
  }
}

/** Makes the inputs of one request; for many, keep a plan open. Errors are those of {@link RequestPlan.prepare}. */
export async function prepareRequest(
  workspace: Workspace,
  dataset: Dataset,
  { rows, ...options }: PrepareOptions & { readonly rows: readonly RequestRow[] },
): Promise<PreparedRows> {
  const plan = await openRequestPlan(workspace, dataset)
  try {
    return await plan.prepare(rows, options)
  } finally {
    plan.close()
  }
}

/** Columns that a request may and must hold, the required ones first. */
export async function requestFields(workspace: Workspace, dataset: Dataset): Promise<readonly RequestField[]> {
  const { fields } = await requestForm(workspace.lake, dataset)
  return fields.map(({ name, type, required }) => ({ name, type, required }))
}
