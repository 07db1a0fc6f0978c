import type { BenchContext, Figure } from '../bench-shape.ts'
import { median } from './cost.ts'
import { fixedRows } from './fixed-rows.ts'
import { closedLoop } from './load.ts'
import { residentMb } from './many-models.ts'
import { startWithModel } from './millrace.ts'
import { servedModels, type ServedModel } from './models.ts'
import { binaryRequest } from './open-inference.ts'
import { openLoop } from './open-loop.ts'
import type { Endpoint } from './server-under-test.ts'

/**
 * Three times as many requests as can be answered: the MLP with 16 rows a request, so that the model is what is scarce.
 * The server has one processor and the generator another: on the same ones it would take from the server what it needs.
 */
export async function overloadFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const model = servedModels().find(({ name }) => name === 'mlp') as ServedModel
  const server = await startWithModel(model, { MILLRACE_SERVING_PROCESSES: '1' }, { processor: 0 })
  let look: NodeJS.Timeout | undefined
  try {
    const { headers, body } = binaryRequest(model, fixedRows(model, rowsPerRequest))
    const load: Load = { endpoint: { ...server, headers }, options: { body, processor: 1 } }
    await capacityOf(load)
    const before = await residentMb(server.pid)
    let most = before
    look = setInterval(() => void residentMb(server.pid).then((mb) => (most = Math.max(most, mb))), 1000)
    const pairs: Pair[] = []
    for (let round = 0; round < rounds; round++) {
      const capacity = await capacityOf(load)
      const over = await beyondCapacity(load, Math.round(capacity * 3))
      const goodput = over.perSecond / capacity
      pairs.push({ ...over, goodput, capacity })
      log(
        `capacity ${capacity.toFixed(0)}/s; at 3 times that ${over.perSecond.toFixed(0)}/s answered (p99 ${over.answeredMs.toFixed(0)} ms), ` +
          `${over.refused} refused in p50 ${over.p50.toFixed(1)} ms, p99 ${over.p99.toFixed(1)} ms; ${over.lost} not sent or answered`,
      )
    }
    const of = (value: (pair: Pair) => number): number => median(pairs.map(value))
    const all = (value: (pair: Pair) => number, digits: number): string =>
      pairs.map((pair) => value(pair).toFixed(digits)).join(', ')
    return [
      {
        name: 'Goodput at 3 times capacity',
        figure: of(({ goodput }) => goodput),
        bar: 0.9,
        unit: 'of capacity',
        better: 'higher',
        against: `${of(({ capacity }) => capacity).toFixed(0)} requests/s of ${rowsPerRequest} rows, MLP; ${rounds} pairs: ${all(({ goodput }) => goodput, 2)}`,
      },
      {
        name: 'p99 of a refusal at 3 times capacity',
        figure: of(({ p99 }) => p99),
        bar: 10,
        unit: 'ms',
        better: 'lower',
        against: `${pairs.reduce((sum, { refused }) => sum + refused, 0)} answers 503; ${rounds} times: ${all(({ p99 }) => p99, 1)}`,
      },
      {
        name: 'Most memory under overload',
        figure: most / before,
        bar: 2,
        unit: 'times before',
        better: 'lower',
        against: `${before.toFixed(0)} and ${most.toFixed(0)} MB in all processes, that which merges the log among them`,
      },
    ]
  } finally {
    clearInterval(look)
    await server.stop()
  }
}

interface Load {
  readonly endpoint: Pick<Endpoint, 'port' | 'path' | 'headers'>
  readonly options: { readonly body: Uint8Array | string; readonly processor: number }
}

interface Pair extends Overload {
  /** As a part of capacity. */
  readonly goodput: number
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
}

async function capacityOf({ endpoint, options }: Load): Promise<number> {
  const full = await closedLoop(endpoint, { ...options, connections: 32, seconds })
  if ('notRun' in full) throw new Error(full.notRun)
  return full.perSecond
}

async function beyondCapacity({ endpoint, options }: Load, perSecond: number): Promise<Overload> {
  const over = await openLoop(endpoint, { ...options, perSecond, seconds, connections: 512 })
  const [answered, refused] = [over.answers[200], over.answers[503]]
  return {
    perSecond: (answered?.count ?? 0) / seconds,
    answeredMs: answered?.fromSentMs.p99 ?? NaN,
    refused: refused?.count ?? 0,
    p50: refused?.fromSentMs.p50 ?? NaN,
    p99: refused?.fromSentMs.p99 ?? NaN,
    lost: over.unanswered,
  }
}

const rowsPerRequest = 16
const rounds = 5
const seconds = 6
