import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import { isLost, isUndone, postgresFailure } from './postgres-failure.ts'
import { begins, statements } from './statements.ts'

/** Connections to PostgreSQL, as Kysely asks for them. */
export interface Connections {
  connect(): Promise<Connection>
  end(): Promise<void>
}

/** A connection that one caller has for itself, until it is released. */
export interface Connection {
  query(text: string, parameters: readonly unknown[]): Promise<Rows>
  release(): void
}

export interface Rows {
  readonly command: 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE' | 'SELECT'
  readonly rowCount: number
  readonly rows: unknown[]
}

/**
 * Keeps connections open for whoever needs one next. Each is a client of its own, which is thrown away when its connection
 * ends: one that connects again by itself would run the rest of a transaction outside of it.
 *
 * What was begun on a connection that turns out to be lost is tried again on a new one, for some seconds, where it is the
 * first of its caller and changes nothing by itself.
 * @param most connections at the same time; whoever comes then waits
 */
export function openConnections(url: string, { most }: { readonly most: number }): Connections {
  const idle: Link[] = []
  const waiting: ((link: Link) => void)[] = []
  const open = new Set<Link>()
  /** How many callers have a link. */
  let held = 0
  let hasOpened = false
  const openLink = (): Link => {
    const link = newLink(url, () => {
      open.delete(link)
      if (idle.includes(link)) idle.splice(idle.indexOf(link), 1)
    })
    open.add(link)
    return link
  }
  const take = (): Link | Promise<Link> => {
    if (held >= most) return new Promise<Link>((resolve) => waiting.push(resolve))
    held++
    return idle.pop() ?? openLink()
  }
  const release = (link: Link): void => {
    if (!link.isClosed) idle.push(link)
    const next = waiting.shift()
    if (next) next(idle.pop() ?? openLink())
    else held--
  }
  const connect = async (): Promise<Connection> => {
    let link = await take()
    let isFirst = true
    const query = async (text: string, parameters: readonly unknown[]): Promise<Rows> => {
      for (let attempt = 0; ; attempt++)
        try {
          const rows = await link.query(text, parameters)
          hasOpened = true
          isFirst = false
          return rows
        } catch (error) {
          const again = isFirst && (isUndone(error) || (hasOpened && isLost(error) && changesNothing(text)))
          const delayMs = delaysMs[attempt]
          if (!again || delayMs === undefined) {
            // The server undoes what a connection leaves open.
            if (text === 'rollback' && link.isClosed) return nothing
            throw postgresFailure(error)
          }
          await wait(delayMs)
          if (link.isClosed) link = openLink()
        }
    }
    return { query, release: () => release(link) }
  }
  return {
    connect,
    end: async () => {
      await Promise.all(Array.from(open, (link) => link.end()))
    },
  }
}

/** One connection; its first query opens it. */
interface Link {
  readonly isClosed: boolean
  query(text: string, parameters: readonly unknown[]): Promise<Rows>
  end(): Promise<void>
}

function newLink(url: string, closed: () => void): Link {
  let isClosed = false
  const client = postgres(url, {
    max: 1,
    // Connections are ended by whoever opened them alone, never in the middle of something.
    max_lifetime: null,
    fetch_types: false,
    connect_timeout: 10,
    connection: {
      application_name: 'millrace',
      // A process that stands still must not hold up the others for ever.
      idle_in_transaction_session_timeout: 60_000,
    },
    types: { wholeNumber: numberType(20), decimal: numberType(1700) },
    onnotice: () => undefined,
    onclose: () => close(),
  })
  const close = (): void => {
    if (isClosed) return
    isClosed = true
    closed()
    void client.end({ timeout: 0 })
  }
  const known = statements()
  return {
    get isClosed() {
      return isClosed
    },
    query: async (given, parameters) => {
      if (isClosed) throw Object.assign(new Error('the connection was lost'), { code: 'CONNECTION_CLOSED' })
      const { text, prepare } = known(given)
      const result = await client
        .unsafe(text, parameters.map(storable) as never[], { prepare })
        .catch(async (error) => {
          // Between the error and the end of a connection, what is asked on it would never be answered.
          if (isLost(error)) close()
          // It began all the same, where the lock did not come.
          else if (begins(given) && !isClosed) await client.unsafe('rollback').catch(() => undefined)
          throw error
        })
      // A transaction in which something failed before is not kept, whatever is asked.
      if (given === 'commit' && result.command === 'ROLLBACK')
        throw Object.assign(new Error('a statement of it had failed'), { code: '25P02' })
      return { command: result.command as Rows['command'], rowCount: result.count, rows: result as unknown[] }
    },
    end: () => client.end({ timeout: 5 }),
  }
}

/** SQLite keeps NaN as null. */
const storable = (value: unknown): unknown => (typeof value === 'number' && Number.isNaN(value) ? null : value)

/** Numbers come back as numbers, also those of 64 bits: what is stored is below 2^53. */
const numberType = (oid: number) => ({ to: oid, from: [oid], serialize: String, parse: Number })

const changesNothing = (text: string): boolean => /^\s*(?:select|begin|rollback)\b/i.test(text)

const nothing: Rows = { command: 'SELECT', rowCount: 0, rows: [] }

const delaysMs = [0, 50, 200, 500, 1000, 1500]
