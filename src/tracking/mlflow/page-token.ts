import { invalid } from './mlflow-failure.ts'

/** A page of something that is read by an offset. */
export interface Page {
  readonly offset: number
  readonly limit: number
}

/** Token of the page that begins at an offset. */
export const pageToken = (offset: number): string => Buffer.from(JSON.stringify({ offset })).toString('base64')

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where it is no token */
export function readPageToken(token: string | undefined): number {
  if (token === undefined || token === '') return 0
  const text = Buffer.from(token, 'base64').toString('utf8')
  const offset = Number(/^\{\s*"offset"\s*:\s*(\d{1,15})\s*\}$/.exec(text)?.[1])
  if (Number.isNaN(offset)) throw invalid(`Invalid page token, decoded value=b'${text.replaceAll(/[^ -~]/g, '')}'`)
  return offset
}
