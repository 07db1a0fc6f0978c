import type { Backend } from 'openworkflow/internal'
import type { AnyWorkflow } from './define-workflow.ts'
import type { RunId } from './schema.ts'
import { findStart, noteRun, takeKey } from './store.ts'
import type { WorkStore } from './work-store.ts'

/**
 * Starts a run, or finds the one that was started under the key. OpenWorkflow forgets keys after a day, so the key is
 * written down beside it: first taken, then the run is made, then noted. Cut short between the two, the run is looked
 * for among all of its workflow.
 */
export async function startRun(
  { backend, database }: WorkStore,
  workflow: AnyWorkflow,
  { input, key }: { readonly input: unknown; readonly key: string },
): Promise<RunId> {
  const { name } = workflow
  const known = await findStart(database, name, key)
  if (known) return known
  if (known === undefined) await takeKey(database, name, key)
  const run =
    (known === null ? await searchRun(backend, name, key) : undefined) ??
    (await makeRun(backend, workflow, { input, key }))
  await noteRun(database, { workflow: name, key, run })
  return run
}

async function makeRun(
  backend: Backend,
  workflow: AnyWorkflow,
  { input, key }: { readonly input: unknown; readonly key: string },
): Promise<RunId> {
  const run = await backend.createWorkflowRun({
    workflowName: workflow.name,
    version: workflow.version,
    idempotencyKey: key,
    config: {},
    context: null,
    input: (input ?? null) as never,
    parentStepAttemptNamespaceId: null,
    parentStepAttemptId: null,
    availableAt: null,
    deadlineAt: null,
  })
  return run.id
}

async function searchRun(backend: Backend, workflowName: string, key: string): Promise<RunId | undefined> {
  let after: string | undefined
  do {
    const page = await backend.listWorkflowRuns({ workflowName, limit: 1000, ...(after ? { after } : {}) })
    const found = page.data.find(({ idempotencyKey }) => idempotencyKey === key)
    if (found) return found.id
    after = page.pagination.next ?? undefined
  } while (after !== undefined)
  return undefined
}
