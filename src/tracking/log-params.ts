import type { Workspace } from '#platform'
import { fail } from './failures.ts'
import { holdName, holdValue } from './hold-value.ts'
import { paramRow } from './param-value.ts'
import { heldRun } from './runs.ts'
import type { Scalar } from './schema.ts'
import { insertParams, paramsOf } from './store/runs.ts'
import { together, type ParamRow, type Tracking } from './store/tables.ts'

/**
 * Records parameters of a run. The same value again changes nothing.
 * @throws {Failure} `tracking/unknownRun`, `tracking/badValue`, `tracking/paramChanged`
 */
export function logParams(
  workspace: Workspace,
  { runId, params }: { readonly runId: string; readonly params: Readonly<Record<string, Scalar>> },
): Promise<void> {
  return together(workspace.database, async (tables) => {
    const { number } = await heldRun(tables, runId)
    await addParams(tables, { number, id: runId }, params)
  })
}

/** Adds the parameters that a run lacks. */
export async function addParams(
  tables: Tracking,
  run: { readonly number: number; readonly id: string },
  params: Readonly<Record<string, Scalar>>,
): Promise<void> {
  const held = new Map((await paramsOf(tables, [run.number])).map((row) => [row.name, row]))
  const missing: ParamRow[] = []
  for (const [name, given] of Object.entries(params)) {
    holdName('parameter', name)
    holdValue('parameter', name, given)
    const row = paramRow(run.number, name, given)
    const before = held.get(name)
    if (before === undefined) missing.push(row)
    else if (before.value !== row.value || before.type !== row.type)
      throw fail('paramChanged', `Cannot set parameter '${name}' to ${row.value}: the run has it as ${before.value}`, {
        details: { run: run.id, name },
      })
  }
  if (missing.length > 0) await insertParams(tables, missing)
}
