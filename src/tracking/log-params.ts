import type { Workspace } from '#platform'
import { fail } from './failures.ts'
import { holdName, holdValue } from './hold-value.ts'
import { heldRun } from './runs.ts'
import type { Scalar } from './schema.ts'
import { insertParams, paramsOf, together, type Tracking } from './store.ts'

/**
 * Records parameters of a run. The same value again changes nothing.
 * @throws {Failure} `tracking/unknownRun`, `tracking/badValue`, `tracking/paramChanged`
 */
export function logParams(
  workspace: Workspace,
  { runId, params }: { readonly runId: string; readonly params: Readonly<Record<string, Scalar>> },
): Promise<void> {
  return together(workspace.database, async (tables) => {
    await heldRun(tables, runId)
    await addParams(tables, runId, params)
  })
}

/** Adds the parameters that a run lacks. */
export async function addParams(
  tables: Tracking,
  runId: string,
  params: Readonly<Record<string, Scalar>>,
): Promise<void> {
  const held = new Map((await paramsOf(tables, runId)).map(({ name, value }) => [name, value]))
  const missing: { run_id: string; name: string; value: string }[] = []
  for (const [name, given] of Object.entries(params)) {
    holdName('parameter', name)
    holdValue('parameter', name, given)
    const value = JSON.stringify(given)
    const before = held.get(name)
    if (before === undefined) missing.push({ run_id: runId, name, value })
    else if (before !== value)
      throw fail('paramChanged', `Cannot set parameter '${name}' to ${value}: the run has it as ${before}`, {
        details: { run: runId, name },
      })
  }
  if (missing.length > 0) await insertParams(tables, missing)
}
