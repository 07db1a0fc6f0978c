import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Latencies } from './latencies.ts'
import { pinned } from './pinned.ts'
import type { Endpoint, NotRun } from './server-under-test.ts'

export interface ClosedLoopOptions {
  /** One for all requests, or several that are sent in turn. */
  readonly body: string | Uint8Array | readonly string[]
  readonly connections: number
  readonly seconds: number
  /** The only processor that the generator runs on; any where absent. */
  readonly processor?: number
}

/** What a closed loop came to: each connection sends its next request once the last one is answered. */
export interface ClosedLoop {
  /** Answers of every status. */
  readonly answered: number
  readonly perSecond: number
  readonly latencyMs: Latencies
  /** Answers with a status of 400 or more. */
  readonly refused: number
  /** Failures to connect, read or write, and answers that took over 10 s. */
  readonly socketErrors: number
}

/**
 * Sends fixed requests over and over on all connections with `wrk` (Debian's package of that name), from one thread.
 * wrk adds to its latencies, for an answer that took over twice the mean, those of the requests that it held up.
 */
export async function closedLoop(
  endpoint: Pick<Endpoint, 'port' | 'path' | 'headers'>,
  { body, connections, seconds, processor }: ClosedLoopOptions,
): Promise<ClosedLoop | NotRun> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-load-'))
  try {
    const script = join(folder, 'request.lua')
    await writeFile(script, scriptOf(endpoint.headers, body))
    const url = `http://127.0.0.1:${endpoint.port}${endpoint.path}`
    const wrk = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url]
    const { command, parameters } = pinned(processor, 'wrk', wrk)
    const { stdout } = await promisify(execFile)(command, [...parameters])
    return readSummary(stdout)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { notRun: "wrk is not installed (Debian's package wrk)" }
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function scriptOf(headers: Readonly<Record<string, string>>, body: ClosedLoopOptions['body']): string {
  const fields = Object.entries(headers).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`)
  const bodies =
    typeof body === 'string' || body instanceof Uint8Array
      ? `wrk.body = ${quote(body)}`
      : `local bodies = {${body.map(quote).join(',')}}\n${inTurn}`
  return `wrk.method = "POST"\n${fields.join('\n')}\n${bodies}\n${done}`
}

const inTurn = `
local requests, last = {}, 0
function init()
  for place, body in ipairs(bodies) do requests[place] = wrk.format(nil, nil, nil, body) end
end
function request()
  last = last % #requests + 1
  return requests[last]
end
`

/** A string of Lua, whatever its bytes. */
function quote(value: string | Uint8Array): string {
  const escape = (byte: number): string =>
    byte < 32 || byte > 126 || byte === 34 || byte === 92
      ? `\\${String(byte).padStart(3, '0')}`
      : String.fromCharCode(byte)
  return `"${Array.from(Buffer.from(value), escape).join('')}"`
}

const done = `
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("summary %d %d %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
`

function readSummary(stdout: string): ClosedLoop {
  const line = /^summary (.*)$/m.exec(stdout)?.[1]
  if (line === undefined) throw new Error(`Cannot read what wrk says: ${stdout.slice(0, 500)}`)
  const [answered, micros, p50, p90, p99, max, refused, socketErrors] = line.split(' ').map(Number) as Eight
  const latencyMs = { p50: p50 / 1000, p90: p90 / 1000, p99: p99 / 1000, max: max / 1000 }
  return { answered, perSecond: answered / (micros / 1e6), latencyMs, refused, socketErrors }
}

type Eight = [number, number, number, number, number, number, number, number]
