import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { latencies, type Latencies } from './latencies.ts'

export interface CallersOptions {
  readonly port: number
  /** Paths that are asked, and what is sent; with several, the k-th most popular is asked in proportion to 1/k (Zipf). */
  readonly requests: readonly {
    readonly path: string
    readonly body: string | Uint8Array
    readonly headers: Readonly<Record<string, string>>
  }[]
  readonly connections: number
  /** Whether the ids of answered predictions are told. */
  readonly keepsIds?: boolean
}

/** Callers that each send their next request once the last one is answered, in a process of their own. */
export interface Callers {
  /** Ends them, and tells what they saw. */
  stop(): Promise<CallersReport>
}

/** What callers saw; one place in the arrays is one answer. */
export interface CallersReport {
  readonly statuses: Uint16Array
  /** Epoch milliseconds at which each request was written. */
  readonly sentAtMs: Float64Array
  readonly latencyMs: Float64Array
  /** Connections that broke with a request under way. */
  readonly broken: number
  /** Connections that were refused. */
  readonly refused: number
  readonly ids: readonly string[]
}

/** What the process of the callers is told. */
export interface CallersJob {
  readonly port: number
  readonly requests: readonly Uint8Array[]
  readonly connections: number
  readonly keepsIds: boolean
}

/** Starts callers; they call until they are stopped. */
export function startCallers({ port, requests, connections, keepsIds = false }: CallersOptions): Callers {
  const child = fork(program, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const job: CallersJob = {
    port,
    connections,
    keepsIds,
    requests: requests.map((request) => wholeRequest(port, request)),
  }
  child.send(job)
  const report = new Promise<CallersReport>((resolve, reject) => {
    child.once('message', (found: CallersReport) => resolve(found))
    child.once('exit', (code) => reject(new Error(`The callers ended with ${code} and no report`)))
  })
  report.catch(() => undefined)
  return {
    stop: () => {
      child.send('stop')
      return report
    },
  }
}

/** Latencies of the answers of a status within spans of time, or outside of all of them. */
export function latenciesWithin(
  { statuses, sentAtMs, latencyMs }: CallersReport,
  spans: readonly { readonly fromMs: number; readonly toMs: number }[],
  isWithin: boolean,
): Latencies & { readonly count: number } {
  const chosen = [...latencyMs.keys()].filter((place) => {
    const from = sentAtMs[place] as number
    const to = from + (latencyMs[place] as number)
    return statuses[place] === 200 && spans.some(({ fromMs, toMs }) => from < toMs && to > fromMs) === isWithin
  })
  return { ...latencies(Float64Array.from(chosen, (place) => latencyMs[place] as number)), count: chosen.length }
}

/** Answers by status. */
export function countStatuses({ statuses }: CallersReport): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1)
  return counts
}

function wholeRequest(port: number, { path, body, headers }: CallersOptions['requests'][number]): Uint8Array {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers, 'content-length': Buffer.byteLength(body) })
  const head = `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(body)])
}

const program = fileURLToPath(new URL('closed-loop-process.ts', import.meta.url))
