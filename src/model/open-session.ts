import { InferenceSession } from 'onnxruntime-node'
import { messageOf } from '#platform'
import { fail } from './failures.ts'

/**
 * Loads a graph into the runtime.
 * @param threads threads that one batch is spread over
 * @throws {Failure} `model/unreadable`
 */
export async function openSession(bytes: Uint8Array, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    })
  } catch (error) {
    const message = messageOf(error)
    throw fail('unreadable', `Cannot load the model: ${message}`, {
      cause: error,
      ...(/locale/i.test(message) && {
        remedy: 'Install the locale that the message names (its text was split by it), or train again on this machine',
      }),
    })
  }
}
