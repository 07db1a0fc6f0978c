import type { BenchContext, Figure } from '../bench-shape.ts'
import { measureAtRate, measureSaturated } from './measure-server.ts'
import { millrace } from './millrace.ts'
import { servedModels, type ServedModel } from './models.ts'
import { median } from './cost.ts'

/** What the prediction log adds to the p99 at half of what the server can answer: pairs with and without it. */
export async function logFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const model = servedModels().find(({ name }) => name === 'logistic') as ServedModel
  const full = await measureSaturated(millrace(), { model, seconds: 4 })
  if ('notRun' in full) throw new Error(full.notRun)
  const perSecond = Math.round(Math.min(full.perSecond / 2, 15_000))
  const p99 = async (setting: 'on' | 'off'): Promise<number> => {
    const found = await measureAtRate(millrace({ MILLRACE_LOG_MODEL_FILES: setting }), { model, seconds: 6, perSecond })
    if ('notRun' in found) throw new Error(found.notRun)
    const answers = found.answers[200]
    log(
      `logistic, ${perSecond}/s, log ${setting}: p50 ${answers?.fromSentMs.p50.toFixed(3)} ms, p99 ${answers?.fromSentMs.p99.toFixed(3)} ms, ${found.unanswered} unanswered`,
    )
    return answers?.fromSentMs.p99 ?? NaN
  }
  const added: number[] = []
  for (let pair = 0; pair < 5; pair++) {
    const without = await p99('off')
    added.push((await p99('on')) - without)
  }
  return [
    {
      name: 'p99 added by the prediction log at half load',
      figure: median(added),
      bar: 0.5,
      unit: 'ms',
      better: 'lower',
      against: `the same server without its log, ${perSecond} requests/s; 5 pairs: ${added.map((ms) => ms.toFixed(2)).join(', ')}`,
    },
  ]
}
