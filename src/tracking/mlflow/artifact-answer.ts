import { isFailure, type StreamAnswer, type Workspace } from '#platform'
import { MlflowFailure } from './mlflow-failure.ts'
import { refusal } from './mlflow-protocol.ts'

/**
 * Answers, mistakes included; ones of the server itself are written to its log.
 * @param about.where stands in the log
 */
export async function answerSafely(
  about: { readonly workspace: Workspace; readonly where: string },
  answer: () => Promise<StreamAnswer>,
): Promise<StreamAnswer> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof MlflowFailure) && !isFailure(error) && !isBrokenOff(error))
      about.workspace.log.error({ err: error, url: about.where }, 'request')
    const { status, body, contentType } = refusal(error)
    return { status, headers: { 'content-type': contentType }, body: body.toString() }
  }
}

/** An answer that is well. */
export const json = (value: object): StreamAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

/** Whether a caller went away before it had sent all. */
const isBrokenOff = (error: unknown): boolean =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '')
