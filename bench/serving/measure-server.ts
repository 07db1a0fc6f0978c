import { loadavg } from 'node:os'
import { ask } from './ask.ts'
import { fixedRows, rawOutputs } from './fixed-rows.ts'
import { closedLoop, type ClosedLoop } from './load.ts'
import type { ServedModel } from './models.ts'
import { openLoop, type OpenLoop } from './open-loop.ts'
import { cpuMicros, treePids } from './process-cpu.ts'
import type { NotRun, ServerUnderTest, StartedServer } from './server-under-test.ts'

export interface MeasureOptions {
  readonly model: ServedModel
  readonly seconds: number
}

export interface RateOptions extends MeasureOptions {
  readonly perSecond: number
}

/** What a server gives at 64 connections that send one row a request, as fast as it answers. */
export interface Saturated extends ClosedLoop {
  readonly versions: Readonly<Record<string, string>>
  /** Of all the server's processes, user and system. */
  readonly cpuMicrosPerRequest: number
  /** Its outputs for eight rows. */
  readonly outputs: readonly number[]
  /** Largest difference from those of ONNX Runtime itself. */
  readonly worstDifference: number
  /** Mean number of processes that wanted a processor in the minute before it ended. */
  readonly loadAverage: number
}

/** Starts a server, compares its outputs, loads it with 64 connections, and ends it. */
export async function measureSaturated(
  server: ServerUnderTest,
  { model, seconds }: MeasureOptions,
): Promise<Saturated | NotRun> {
  return withServer(server, model, async (started) => {
    const rows = fixedRows(model, comparedRows)
    const outputs = await ask(started, rows)
    const expected = server.isEcho ? outputs : await rawOutputs(model, rows)
    const body = started.body(rows.slice(0, 1))
    const warm = await closedLoop(started, { body, connections, seconds: warmSeconds })
    if ('notRun' in warm) return warm
    const before = await cpuMicros(started.pid)
    const loop = await closedLoop(started, { body, connections, seconds })
    if ('notRun' in loop) return loop
    const cpuMicrosPerRequest = ((await cpuMicros(started.pid)) - before) / loop.answered
    const worstDifference = largestDifference(outputs, expected)
    const loadAverage = loadavg()[0] as number
    return { ...loop, versions: started.versions, cpuMicrosPerRequest, outputs, worstDifference, loadAverage }
  })
}

/** Starts a server, sends it this many requests a second, whatever it does, and ends it. */
export async function measureAtRate(server: ServerUnderTest, load: RateOptions): Promise<OpenLoop | NotRun> {
  return withServer(server, load.model, async (started) => {
    await takeTurn(started, load, warmSeconds)
    return takeTurn(started, load)
  })
}

/**
 * Starts two servers, sends each this many requests a second, one after the other and again, and ends them. A machine that
 * is shared stops for milliseconds now and then, which is the p99 of a quick server: in turns both meet the same machine,
 * and the turn in the middle counts.
 * @returns the turns of each, in their order
 */
export async function measureInTurns(
  servers: readonly [ServerUnderTest, ServerUnderTest],
  load: RateOptions,
): Promise<readonly [readonly OpenLoop[], readonly OpenLoop[]] | NotRun> {
  return withServer(servers[0], load.model, (one) =>
    withServer(servers[1], load.model, async (other) => {
      for (const server of [one, other]) await takeTurn(server, load, warmSeconds)
      const turns: [OpenLoop[], OpenLoop[]] = [[], []]
      for (let turn = 0; turn < equalLoadTurns; turn++) {
        turns[0].push(await whileHalted(other, () => takeTurn(one, load)))
        turns[1].push(await whileHalted(one, () => takeTurn(other, load)))
      }
      return turns
    }),
  )
}

/** Does something while no process of a server runs: what it does when it has nothing to do is not to be in another's turn. */
async function whileHalted<T>(server: StartedServer, use: () => Promise<T>): Promise<T> {
  const pids = await treePids(server.pid)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    return await use()
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
}

const takeTurn = (started: StartedServer, { model, perSecond, seconds }: RateOptions, length = seconds) =>
  openLoop(started, { body: started.body(fixedRows(model, 1)), perSecond, connections, seconds: length })

async function withServer<T>(
  server: ServerUnderTest,
  model: ServedModel,
  use: (started: StartedServer) => Promise<T | NotRun>,
): Promise<T | NotRun> {
  const started = await server.start(model)
  if ('notRun' in started) return started
  try {
    return await use(started)
  } catch (error) {
    return { notRun: (error as Error).message }
  } finally {
    await started.stop()
  }
}

function largestDifference(left: readonly number[], right: readonly number[]): number {
  if (left.length !== right.length) return Infinity
  return Math.max(...left.map((value, place) => Math.abs(value - (right[place] as number))))
}

/** From the moment when a request was due; that of nothing answered is beyond all. */
export const p99Of = ({ answers }: OpenLoop): number => answers[200]?.fromDueMs.p99 ?? Infinity

const connections = 64
const equalLoadTurns = 9
const comparedRows = 8
/** The engine compiles what is hot: with two processes it takes some seconds until it has. */
const warmSeconds = 5
