import type { Orchestrator, RunHandle } from '#orchestration'
import { isFailure, messageOf, type Workspace } from '#platform'
import {
  deletedServices,
  endRegistration,
  forgetService,
  pendingVersions,
  type VersionJudge,
  type VersionKey,
} from '#registry'
import type { ServedFiles } from './register-model.ts'
import type { RegistrationWorkflow } from './registration-workflow.ts'

/** What judges versions of registered models, over any number of ends of this process. */
export interface VersionJudging extends VersionJudge {
  /** Goes on with what was begun before this process: versions that are pending, and files that are to go. */
  resume(): Promise<void>
  close(): Promise<void>
}

/** Judges versions of registered models by durable work. */
export function judgeVersions(
  workspace: Workspace,
  options: {
    readonly orchestrator: Orchestrator
    readonly workflow: RegistrationWorkflow
    readonly files: Pick<ServedFiles, 'withdraw'>
  },
): VersionJudging {
  const { orchestrator, workflow, files } = options
  const closing = new AbortController()
  const watched = new Set<Promise<void>>()
  const start = ({ model, version }: VersionKey) =>
    orchestrator.start(workflow, { model, version }, { key: `${model}/${version}` })
  /** A run that was given up has not said so to whoever waits for the version. */
  const watch = async (run: RunHandle<unknown>, key: VersionKey): Promise<void> => {
    await orchestrator.result(run, { signal: closing.signal }).catch(async (error: unknown) => {
      if (closing.signal.aborted) return
      const message = isFailure(error) ? `${error.message}. ${error.remedy}` : messageOf(error)
      await endRegistration(workspace, { ...key, status: 'failed', message, service: null })
    })
  }
  const begin = async ({ model, version }: VersionKey): Promise<void> => {
    const run = await start({ model, version })
    const watching = watch(run, { model, version })
      .catch((error: unknown) => workspace.log.error({ err: error, model, version }, 'judge a registered version'))
      .finally(() => watched.delete(watching))
    watched.add(watching)
  }
  const withdraw = async (): Promise<void> => {
    for (const service of await deletedServices(workspace)) {
      if (service.kind === 'file') await files.withdraw(service.name, service.number)
      await forgetService(workspace, service)
    }
  }
  return {
    begin,
    awaitMoment: async (key) => {
      await orchestrator
        .result(await start(key), { timeoutMs: momentMs, signal: closing.signal })
        .catch(() => undefined)
    },
    withdraw,
    resume: async () => {
      await withdraw()
      for (const key of await pendingVersions(workspace)) await begin(key)
    },
    close: async () => {
      closing.abort()
      await Promise.all(watched)
    },
  }
}

/** Shorter than clients wait for an answer; a small model is judged in it. */
const momentMs = 3000
