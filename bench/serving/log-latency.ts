import type { BenchContext, Figure } from '../bench-shape.ts'
import { median } from './cost.ts'
import { fixedRows } from './fixed-rows.ts'
import { closedLoop } from './load.ts'
import { startWithModel, type StartedMillrace } from './millrace.ts'
import { servedModels, type ServedModel } from './models.ts'
import { openLoop } from './open-loop.ts'

/**
 * What the prediction log adds to the p99 at half of what a serving process can answer: a server with it and one without
 * it take many short turns, since a machine that is shared stops for milliseconds now and then. They have one processor and
 * the generator another: on the same ones the p99 would be that of waiting for a processor.
 */
export async function logFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const model = servedModels().find(({ name }) => name === 'logistic') as ServedModel
  const [rows, connections, processor] = [fixedRows(model, 1), 64, 1]
  const servers: StartedMillrace[] = []
  try {
    for (const setting of ['off', 'on'])
      servers.push(
        await startWithModel(
          model,
          { MILLRACE_LOG_MODEL_FILES: setting, MILLRACE_SERVING_PROCESSES: '1' },
          { processor: 0 },
        ),
      )
    const [without, withLog] = servers as [StartedMillrace, StartedMillrace]
    const full = async (server: StartedMillrace, seconds: number): Promise<number> => {
      const loop = await closedLoop(server, { body: server.body(rows), connections, seconds, processor })
      if ('notRun' in loop) throw new Error(loop.notRun)
      return loop.perSecond
    }
    for (const server of servers) await full(server, 5)
    const perSecond = Math.round((await full(withLog, 5)) / 2)
    const p99 = async (server: StartedMillrace): Promise<number> => {
      const load = { body: server.body(rows), perSecond, seconds: 2, connections, processor }
      const { answers, unanswered } = await openLoop(server, load)
      const { p50, p99: found } = answers[200]?.fromSentMs ?? { p50: NaN, p99: NaN }
      log(
        `logistic, ${perSecond}/s, log ${server === withLog ? 'on' : 'off'}: p50 ${p50.toFixed(3)} ms, p99 ${found.toFixed(3)} ms, ${unanswered} unanswered`,
      )
      return found
    }
    for (const server of servers) await p99(server)
    const added: number[] = []
    for (let pair = 0; pair < pairs; pair++) {
      const base = await p99(without)
      added.push((await p99(withLog)) - base)
    }
    return [
      {
        name: 'p99 added by the prediction log at half load',
        figure: median(added),
        bar: 0.5,
        unit: 'ms',
        better: 'lower',
        against: `the same server without its log, ${perSecond} requests/s; ${pairs} pairs: ${added.map((ms) => ms.toFixed(2)).join(', ')}`,
      },
    ]
  } finally {
    for (const server of servers) await server.stop()
  }
}

const pairs = 21
