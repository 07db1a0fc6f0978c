import { fail } from './failures.ts'
import { MlflowFailure } from './mlflow/mlflow-failure.ts'

/**
 * Does what refuses in MLflow's words, for our own API: filters, names and what they look for are the same there.
 * @param options.where how to find what is there, for what is looked for and absent
 * @throws {Failure} `tracking/notFound` and `tracking/notTaken` for what was refused
 */
export async function inOwnWords<T>(
  work: () => T | Promise<T>,
  { where }: { readonly where?: string } = {},
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof MlflowFailure)) throw error
    const message = error.message.replace(/\.$/, '')
    if (error.code !== 'RESOURCE_DOES_NOT_EXIST') throw fail('notTaken', message, { cause: error })
    throw fail('notFound', message, { cause: error, ...(where !== undefined && { remedy: `List them: '${where}'` }) })
  }
}
