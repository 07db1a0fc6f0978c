import { text as textIn } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { exchange, messageOf } from '#platform'
import { bytesOf, connectionLost } from '../transfer/artifact-address.ts'
import { usageFailure } from '../usage-failure.ts'
import { unreachable } from './unreachable.ts'

export type Fields = Readonly<Record<string, unknown>>

/** A server that speaks MLflow's protocol, to read from. */
export interface MlflowClient {
  /** @returns undefined where the server has no such address, or nothing there */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Fields | undefined>
  post(path: string, body: Fields): Promise<Fields | undefined>
  /** The bytes at an address from the server's root. */
  download(address: string): Promise<AsyncIterable<Uint8Array>>
}

/** An answer whose body was not read yet. */
interface Given {
  readonly status: number
  readonly discard: () => unknown
}

export interface MlflowClientOptions {
  /** Address of the server; a name and password in it are sent as Basic authorization. */
  readonly url: string
  /** Sent as Bearer authorization. */
  readonly token?: string | undefined
  /** Waits before an attempt is made again, in turn. */
  readonly pausesMs?: readonly number[]
}

/**
 * Connects to a server of MLflow's; nothing is sent yet.
 * @throws {Failure} `cli/sourceRefused` where the text is no address of one; what asks it throws `cli/unreachable` where
 * nothing has answered there yet, which waits for no other attempt, and `cli/connectionLost` later
 */
export function mlflowClient({ url, token, pausesMs = [500, 2000, 5000] }: MlflowClientOptions): MlflowClient {
  const { root, authorization } = readAddress(url, token)
  let hasAnswered = false
  const known = authorization === undefined ? {} : { authorization }
  /** Sends something again while the server is at a loss for a moment. */
  const asked = async <Answer extends Given>(send: () => Promise<Answer>): Promise<Answer> => {
    for (let attempt = 0; ; attempt++) {
      const wait = pausesMs[attempt]
      try {
        const answer = await send()
        hasAnswered = true
        if (!isPassing(answer.status) || wait === undefined) return answer
        await answer.discard()
      } catch (error) {
        if (!hasAnswered) throw unreachable(root, error)
        if (wait === undefined) throw connectionLost(`read from ${root}`, error)
      }
      await pause(wait)
    }
  }
  const fields = async (address: string, body?: Fields): Promise<Fields | undefined> => {
    const headers = { ...known, ...(body && { 'content-type': 'application/json' }) }
    const init = { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) }
    const { status, answer } = await asked(async () => {
      const given = await fetch(`${root}${address}`, init)
      return { status: given.status, answer: given, discard: () => given.body?.cancel() }
    })
    const text = await answer.text().catch((error: unknown) => {
      throw connectionLost(`read from ${root}`, error)
    })
    const read = readJson(text)
    if (answer.ok && read) return read
    if (status === 404) return undefined
    const why = typeof read?.['message'] === 'string' ? read['message'] : `it answered ${status}, not as MLflow does`
    throw usageFailure('sourceRefused', `Cannot read ${address.split('?')[0]} from ${root}: ${why}`, {
      details: { status: answer.status },
    })
  }
  return {
    get: (path, query = {}) => fields(`/api/2.0/mlflow/${path}?${queryText(query)}`),
    post: (path, body) => fields(`/api/2.0/mlflow/${path}`, body),
    download: async (address) => {
      const { status, answer } = await asked(async () => {
        const given = await exchange(new Request(`${root}${address}`, { headers: known }))
        return { status: given.statusCode ?? 0, answer: given, discard: () => given.destroy() }
      })
      if (status === 200) return bytesOf(answer, `read ${address}`)
      const read = readJson(await textIn(answer).catch(messageOf))
      const why = textOf(read?.['message']) || `it answered ${status}`
      throw usageFailure('sourceRefused', `Cannot read ${address.split('?')[0]} from ${root}: ${why}`)
    },
  }
}

/** Items of something that the server gives page by page. */
export async function* pages(
  read: (token: string | undefined) => Promise<Fields | undefined>,
  list: string,
): AsyncGenerator<Fields> {
  let token: string | undefined
  do {
    const page = await read(token)
    yield* listOf(page, list)
    const next = page?.['next_page_token']
    // A server that names the same page again would be asked for ever.
    token = typeof next === 'string' && next !== '' && next !== token ? next : undefined
  } while (token !== undefined)
}

/** A text of a message; empty where it is left out, or is none. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''

/** What follows the question mark of an address. */
export const queryText = (query: Readonly<Record<string, string>>): string => new URLSearchParams(query).toString()

/** A list of a message; none where it is left out. */
export const listOf = (fields: Fields | undefined, name: string): readonly Fields[] =>
  (fields?.[name] ?? []) as readonly Fields[]

function readAddress(url: string, token: string | undefined) {
  let read: URL
  try {
    read = new URL(url)
  } catch (error) {
    throw usageFailure('sourceRefused', `Cannot read from '${url}': it is no address`, { cause: error })
  }
  if (!/^https?:$/.test(read.protocol))
    throw usageFailure(
      'sourceRefused',
      `Cannot read from '${url}': its address begins with ${read.protocol}//, and http:// or https:// is needed`,
      {
        remedy: 'Start a server over it: mlflow server --backend-store-uri …',
      },
    )
  const basic = `${decodeURIComponent(read.username)}:${decodeURIComponent(read.password)}`
  const authorization =
    token !== undefined
      ? `Bearer ${token}`
      : read.username === ''
        ? undefined
        : `Basic ${Buffer.from(basic).toString('base64')}`
  read.username = ''
  read.password = ''
  return { root: `${read.origin}${read.pathname.replace(/\/+$/, '')}`, authorization }
}

/** Old servers write NaN and infinities as they stand in Python. */
function readJson(text: string): Fields | undefined {
  for (const attempt of [text, text.replaceAll(/([:[,]\s*)(-?Infinity|NaN)(?=\s*[,}\]])/g, '$1"$2"')])
    try {
      const read: unknown = JSON.parse(attempt)
      return typeof read === 'object' && read !== null ? (read as Fields) : undefined
    } catch {
      continue
    }
  return undefined
}

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500
