import { defineWorkflow, type Workflow } from '#orchestration'
import { isFailure, messageOf, type Workspace } from '#platform'
import { endRegistration, pendingVersion, type RegistrationEnd, type VersionKey } from '#registry'
import { fail } from '../failures.ts'
import type { Step } from '../schema.ts'
import type { RegistrationOptions } from './register-model.ts'

/** How a registration ended; null for a version that is pending no more. */
export type RegistrationOutput = Pick<RegistrationEnd, 'status' | 'message'> | null

export type RegistrationWorkflow = Workflow<VersionKey, RegistrationOutput>

/**
 * Judges a version of a registered model and lets it serve: as a version of its system where it has one, else as a model file
 * under its own name. Every part is a durable step; the version is ready once it answers, or failed with the reason.
 */
export function registrationWorkflow(workspace: Workspace, options: RegistrationOptions): RegistrationWorkflow {
  return defineWorkflow<VersionKey, RegistrationOutput>(
    { name: 'registration', version: '1' },
    async ({ input, step: durable, nowMs }) => {
      const step: Step = (name, work) => durable(name, (context) => carried(() => work(context), context.signal))
      const version = await step('find the version', () => pendingVersion(workspace, input))
      if (!version) return null
      // Loaded with the first version to judge: a server starts without what judges.
      const { registerModel } = await import('./register-model.ts')
      const end = await registerModel(workspace, { ...options, version, step, nowMs }).catch(
        (error: unknown): RegistrationEnd => {
          if (!isFailure(error)) throw error
          return { ...input, status: 'failed', message: `${error.message}. ${error.remedy}`, service: null }
        },
      )
      await step('say how it ended', async () => {
        await endRegistration(workspace, end)
        return null
      })
      return { status: end.status, message: end.message }
    },
  )
}

/** Whoever waits for the version is told of any error, instead of waiting for tries that may all fail. */
async function carried<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isFailure(error) || signal.aborted) throw error
    throw fail('registrationFailed', `Cannot judge the model: ${messageOf(error)}`, { cause: error })
  }
}
