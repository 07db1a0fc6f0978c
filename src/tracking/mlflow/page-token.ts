import { createHash } from 'node:crypto'
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

/** Token of a page that begins at an offset, of one search and no other. */
export const boundPageToken = (offset: number, search: object): string =>
  Buffer.from(JSON.stringify({ offset, search: printOf(search) })).toString('base64')

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where it is no token, or one of another search */
export function readBoundPageToken(token: string | undefined, search: object): number {
  if (token === undefined || token === '') return 0
  const text = Buffer.from(token, 'base64').toString('utf8')
  const [, offset, print] = /^\{"offset":(\d{1,15}),"search":"([0-9a-f]+)"\}$/.exec(text) ?? []
  if (offset === undefined) throw invalid(`Invalid page token: ${token.slice(0, 100)}`)
  if (print !== printOf(search))
    throw invalid('The page token does not match the requested experiment IDs, filter, datasets and order_by.')
  return Number(offset)
}

const printOf = (search: object): string =>
  createHash('sha256').update(JSON.stringify(search)).digest('hex').slice(0, 16)
