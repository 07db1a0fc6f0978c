import type { BenchContext, Figure } from '../bench-shape.ts'
import { fixedRows } from './fixed-rows.ts'
import { closedLoop } from './load.ts'
import { residentMb } from './many-models.ts'
import { startWithModel } from './millrace.ts'
import { servedModels, type ServedModel } from './models.ts'
import { binaryRequest } from './open-inference.ts'
import { openLoop } from './open-loop.ts'

/**
 * Three times as many requests as can be answered: the MLP with 16 rows a request, so that the model is what is scarce. Once
 * with one processor for the server and another for the generator, and once with both on all of them: there, what sending
 * takes is taken from the server, and counts as lost goodput.
 */
export async function overloadFigures(context: BenchContext): Promise<readonly Figure[]> {
  return [
    ...(await overloaded(context, {
      as: 'a processor each',
      env: { MILLRACE_SERVING_PROCESSES: '1' },
      server: 0,
      generator: 1,
    })),
    ...(await overloaded(context, { as: 'processors shared', env: {} })),
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
  const { as, env } = setting
  const model = servedModels().find(({ name }) => name === 'mlp') as ServedModel
  const generator = setting.generator === undefined ? {} : { processor: setting.generator }
  const server = await startWithModel(model, env, setting.server === undefined ? {} : { processor: setting.server })
  try {
    const { headers, body } = binaryRequest(model, fixedRows(model, rowsPerRequest))
    const load = { ...server, headers }
    const closed = { body, connections: 32, ...generator }
    await closedLoop(load, { ...closed, seconds: 5 })
    const full = await closedLoop(load, { ...closed, seconds: 6 })
    if ('notRun' in full) throw new Error(full.notRun)
    const before = await residentMb(server.pid)
    const perSecond = Math.round(full.perSecond * 3)
    const seconds = 10
    const over = await openLoop(load, { body, perSecond, seconds, connections: 512, ...generator })
    const after = await residentMb(server.pid)
    const [answered, refused] = [over.answers[200], over.answers[503]]
    const goodput = (answered?.count ?? 0) / seconds
    log(
      `${as}: capacity ${full.perSecond.toFixed(0)}/s; at ${perSecond}/s: ${goodput.toFixed(0)}/s answered (p99 ${answered?.fromSentMs.p99.toFixed(1)} ms), ` +
        `${refused?.count ?? 0} refused in p50 ${refused?.fromSentMs.p50.toFixed(2)} ms, p99 ${refused?.fromSentMs.p99.toFixed(2)} ms; ${over.unanswered} of ${over.due} not sent or answered; ${before.toFixed(0)} -> ${after.toFixed(0)} MB`,
    )
    return [
      {
        name: `Goodput at 3 times capacity, ${as}`,
        figure: goodput / full.perSecond,
        bar: 0.9,
        unit: 'of capacity',
        better: 'higher',
        against: `${full.perSecond.toFixed(0)} requests/s of ${rowsPerRequest} rows, MLP`,
      },
      {
        name: `p99 of a refusal, ${as}`,
        figure: refused?.fromSentMs.p99 ?? NaN,
        bar: 10,
        unit: 'ms',
        better: 'lower',
        against: `${refused?.count ?? 0} answers 503`,
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

const rowsPerRequest = 16
