import type { BenchContext, Figure } from '../bench-shape.ts'
import { median } from './cost.ts'
import { fixedRows } from './fixed-rows.ts'
import { closedLoop } from './load.ts'
import { residentMb } from './many-models.ts'
import { startWithModel } from './millrace.ts'
import { servedModels, type ServedModel } from './models.ts'
import { binaryRequest } from './open-inference.ts'
import { openLoop } from './open-loop.ts'
import { cpuMicros } from './process-cpu.ts'
import type { Endpoint } from './server-under-test.ts'

/**
 * Three times as many requests as can be answered: the MLP with 16 rows a request, so that the model is what is scarce.
 *
 * Once with one processor for the server and another for the generator. And once with both on all of them: there the
 * generator takes from the server what it needs itself, so goodput is counted by the second of the server's processor.
 */
export async function overloadFigures(context: BenchContext): Promise<readonly Figure[]> {
  const apart = { as: 'a processor each', env: { MILLRACE_SERVING_PROCESSES: '1' }, server: 0, generator: 1 }
  return [
    ...(await overloaded(context, apart)),
    ...(await overloaded(context, { as: 'processors shared, by processor time', env: {} })),
  ]
}

interface Setting {
  readonly as: string
  readonly env: Readonly<Record<string, string>>
  /** The only processor of each; all where absent. */
  readonly server?: number
  readonly generator?: number
}

async function overloaded({ log }: BenchContext, setting: Setting): Promise<readonly Figure[]> {
  const { as, env, server: processor, generator } = setting
  const model = servedModels().find(({ name }) => name === 'mlp') as ServedModel
  const server = await startWithModel(model, env, processor === undefined ? {} : { processor })
  try {
    const { headers, body } = binaryRequest(model, fixedRows(model, rowsPerRequest))
    const load: Load = {
      endpoint: { ...server, headers },
      pid: server.pid,
      options: { body, ...(generator === undefined ? {} : { processor: generator }) },
    }
    await atCapacity(load)
    const before = await residentMb(server.pid)
    const pairs: Pair[] = []
    for (let round = 0; round < rounds; round++) {
      const full = await atCapacity(load)
      const over = await beyondCapacity(load, Math.round(full.perSecond * 3))
      const wall = over.perSecond / full.perSecond
      const byProcessor = wall * (full.processors / over.processors)
      pairs.push({ ...over, wall, byProcessor, capacity: full.perSecond })
      log(
        `${as}: capacity ${full.perSecond.toFixed(0)}/s on ${full.processors.toFixed(2)} processors; at 3 times that ${over.perSecond.toFixed(0)}/s answered on ${over.processors.toFixed(2)} ` +
          `(p99 ${over.answeredMs.toFixed(0)} ms; ${wall.toFixed(3)}, by processor time ${byProcessor.toFixed(3)}), ${over.refused} refused in p50 ${over.p50.toFixed(1)} ms, p99 ${over.p99.toFixed(1)} ms; ` +
          `${over.lost} not sent or answered; the generator took ${over.generator.toFixed(2)} processors`,
      )
    }
    const after = await residentMb(server.pid)
    const of = (value: (pair: Pair) => number): number => median(pairs.map(value))
    const all = (value: (pair: Pair) => number, digits: number): string =>
      pairs.map((pair) => value(pair).toFixed(digits)).join(', ')
    const goodput = processor === undefined ? (pair: Pair) => pair.byProcessor : (pair: Pair) => pair.wall
    return [
      {
        name: `Goodput at 3 times capacity, ${as}`,
        figure: of(goodput),
        bar: 0.9,
        unit: 'of capacity',
        better: 'higher',
        against: `${of(({ capacity }) => capacity).toFixed(0)} requests/s of ${rowsPerRequest} rows, MLP; ${rounds} pairs: ${all(goodput, 2)}; by the clock ${of(({ wall }) => wall).toFixed(2)}, the generator took ${of((pair) => pair.generator).toFixed(2)} processors`,
      },
      {
        name: `p99 of a refusal, ${as}`,
        figure: of(({ p99 }) => p99),
        bar: 10,
        unit: 'ms',
        better: 'lower',
        against: `${pairs.reduce((sum, { refused }) => sum + refused, 0)} answers 503; ${rounds} times: ${all(({ p99 }) => p99, 1)}`,
      },
      {
        name: `Memory after the overload, ${as}`,
        figure: after / before,
        bar: 1.5,
        unit: 'times before',
        better: 'lower',
        against: `${before.toFixed(0)} and ${after.toFixed(0)} MB in all processes`,
      },
    ]
  } finally {
    await server.stop()
  }
}

interface Load {
  readonly endpoint: Pick<Endpoint, 'port' | 'path' | 'headers'>
  readonly pid: number
  readonly options: { readonly body: Uint8Array | string; readonly processor?: number }
}

interface Pair extends Overload {
  /** Goodput as a part of capacity: by the clock, and by the second of the server's processor. */
  readonly wall: number
  readonly byProcessor: number
  readonly capacity: number
}

interface Overload {
  /** Answers that are predictions. */
  readonly perSecond: number
  readonly answeredMs: number
  readonly refused: number
  readonly p50: number
  readonly p99: number
  readonly lost: number
  /** Processors that the server was busy on. */
  readonly processors: number
  readonly generator: number
}

async function atCapacity({ endpoint, pid, options }: Load) {
  const cpu = await cpuMicros(pid)
  const full = await closedLoop(endpoint, { ...options, connections: 32, seconds })
  if ('notRun' in full) throw new Error(full.notRun)
  return { perSecond: full.perSecond, processors: ((await cpuMicros(pid)) - cpu) / (seconds * 1e6) }
}

async function beyondCapacity({ endpoint, pid, options }: Load, perSecond: number): Promise<Overload> {
  const cpu = await cpuMicros(pid)
  const over = await openLoop(endpoint, { ...options, perSecond, seconds, connections: 512 })
  const processors = ((await cpuMicros(pid)) - cpu) / (seconds * 1e6)
  const [answered, refused] = [over.answers[200], over.answers[503]]
  return {
    perSecond: (answered?.count ?? 0) / seconds,
    answeredMs: answered?.fromSentMs.p99 ?? NaN,
    refused: refused?.count ?? 0,
    p50: refused?.fromSentMs.p50 ?? NaN,
    p99: refused?.fromSentMs.p99 ?? NaN,
    lost: over.unanswered,
    processors,
    generator: over.generatorProcessors,
  }
}

const rowsPerRequest = 16
const rounds = 5
const seconds = 6
