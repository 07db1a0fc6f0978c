import { loadavg } from 'node:os'
import { ask } from './ask.ts'
import { fixedRows, rawOutputs } from './fixed-rows.ts'
import { closedLoop, type ClosedLoop } from './load.ts'
import type { ServedModel } from './models.ts'
import { openLoop, type OpenLoop } from './open-loop.ts'
import { cpuMicros } from './process-cpu.ts'
import type { NotRun, ServerUnderTest, StartedServer } from './server-under-test.ts'

export interface MeasureOptions {
  readonly model: ServedModel
  readonly seconds: number
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

/**
 * Starts a server, sends it this many requests a second, whatever it does, and ends it. Of a few turns the one whose p99 is
 * in the middle counts: a machine that is shared stops for milliseconds now and then, which is the p99 of a quick server.
 */
export async function measureAtRate(
  server: ServerUnderTest,
  { model, seconds, perSecond }: MeasureOptions & { readonly perSecond: number },
): Promise<OpenLoop | NotRun> {
  return withServer(server, model, async (started) => {
    const body = started.body(fixedRows(model, 1))
    const load = { body, perSecond, connections }
    await openLoop(started, { ...load, seconds: warmSeconds })
    const turns: OpenLoop[] = []
    while (turns.length < equalLoadTurns) turns.push(await openLoop(started, { ...load, seconds }))
    return turns.sort((one, other) => p99Of(one) - p99Of(other))[Math.floor(equalLoadTurns / 2)] as OpenLoop
  })
}

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
const equalLoadTurns = 5
const comparedRows = 8
/** The engine compiles what is hot: with two processes it takes some seconds until it has. */
const warmSeconds = 5
