import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { latencies, type Latencies } from './latencies.ts'
import { pinned } from './pinned.ts'
import type { Endpoint } from './server-under-test.ts'

export interface OpenLoopOptions {
  readonly body: string | Uint8Array
  /** Requests that fall due in a second, evenly, whatever the server does. */
  readonly perSecond: number
  readonly seconds: number
  /** Of all generators together; a request that finds none free waits, and its latency counts. */
  readonly connections: number
  /** Generator processes, each with its share of the load: one sends 10,000 to 40,000 requests a second. */
  readonly processes?: number
  /** The only processor that the generators run on; any where absent. */
  readonly processor?: number
}

/** Answers of one status. */
export interface Answers {
  readonly count: number
  /** From the moment when the request was due: nothing is hidden by a server that holds up its callers. */
  readonly fromDueMs: Latencies
  /** From the moment when the request was written. */
  readonly fromSentMs: Latencies
}

export interface OpenLoop {
  readonly due: number
  readonly sent: number
  readonly answers: Readonly<Record<number, Answers>>
  /** Connections that broke with a request under way. */
  readonly socketErrors: number
  /** Requests that were due and were not answered within 2 s of the end. */
  readonly unanswered: number
}

/**
 * Sends one fixed request at a constant rate from processes of their own, and counts latencies from the moment at which
 * each request was due. The generator wakes some ten times a millisecond: latencies are 0.1 ms too long at most while
 * it has a processor to itself.
 */
export async function openLoop(
  { port, path, headers }: Pick<Endpoint, 'port' | 'path' | 'headers'>,
  { body, perSecond, seconds, connections, processes = 1, processor }: OpenLoopOptions,
): Promise<OpenLoop> {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers, 'content-length': Buffer.byteLength(body) })
  const head = `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  const job: GeneratorJob = {
    port,
    request: Buffer.concat([Buffer.from(head), Buffer.from(body)]),
    perSecond: perSecond / processes,
    seconds,
    connections: Math.ceil(connections / processes),
  }
  const generated = await Promise.all(Array.from({ length: processes }, () => generate(job, processor)))
  return summarise(generated)
}

/** What a generator process is told. */
export interface GeneratorJob {
  readonly port: number
  readonly request: Uint8Array
  readonly perSecond: number
  readonly seconds: number
  readonly connections: number
}

/** What it tells in the end; one place in the three arrays is one answer. */
export interface Generated {
  readonly due: number
  readonly sent: number
  readonly socketErrors: number
  readonly statuses: Uint16Array
  readonly fromDueMs: Float64Array
  readonly fromSentMs: Float64Array
}

function generate(job: GeneratorJob, processor: number | undefined): Promise<Generated> {
  return new Promise((resolve, reject) => {
    const { command, parameters } = pinned(processor, process.execPath, [program])
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
    const child = spawn(command, parameters, { serialization: 'advanced', stdio: [...stdio] })
    child.once('message', (generated: Generated) => resolve(generated))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`The load generator ended with ${code} and no figures`)))
    child.send(job)
  })
}

function summarise(generated: readonly Generated[]): OpenLoop {
  const sum = (of: (one: Generated) => number): number => generated.reduce((total, one) => total + of(one), 0)
  const statuses = new Set(generated.flatMap((one) => [...new Set(one.statuses)]))
  const answers = Object.fromEntries(
    [...statuses].map((status) => {
      const collect = (of: (one: Generated) => Float64Array): Float64Array =>
        Float64Array.from(generated.flatMap((one) => [...of(one)].filter((_, place) => one.statuses[place] === status)))
      const fromDue = collect((one) => one.fromDueMs)
      const fromSentMs = latencies(collect((one) => one.fromSentMs))
      return [status, { count: fromDue.length, fromDueMs: latencies(fromDue), fromSentMs }]
    }),
  )
  const [due, sent, answered] = [sum((one) => one.due), sum((one) => one.sent), sum((one) => one.statuses.length)]
  return { due, sent, answers, socketErrors: sum((one) => one.socketErrors), unanswered: due - answered }
}

const program = fileURLToPath(new URL('open-loop-process.ts', import.meta.url))
