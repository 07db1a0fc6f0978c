import { fail } from './failures.ts'
import { MlflowFailure } from './mlflow/mlflow-failure.ts'

/**
 * Does what refuses in MLflow's words, for our own API: filters, names and what they look for are the same there.
 * @throws {Failure} `tracking/notFound` and `tracking/notTaken` for what was refused
 */
export async function inOwnWords<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof MlflowFailure)) throw error
    const message = error.message.replace(/\.$/, '')
    throw fail(error.code === 'RESOURCE_DOES_NOT_EXIST' ? 'notFound' : 'notTaken', message, { cause: error })
  }
}
