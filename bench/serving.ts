import type { Bench, BenchContext, Figure } from './bench-shape.ts'
import { costFigures } from './serving/cost.ts'
import { flightDelayFigures } from './serving/flight-delay.ts'
import { killFigures } from './serving/kill.ts'
import { limitFigures } from './serving/limit.ts'
import { logFigures } from './serving/log-latency.ts'
import { manyModelsFigures } from './serving/many-models.ts'
import { overloadFigures } from './serving/overload.ts'
import { peerFigures } from './serving/peer-figures.ts'
import { swapFigures } from './serving/swap.ts'

/** The parts, in order; each starts servers of its own. */
const parts: Readonly<Record<string, (context: BenchContext) => Promise<readonly Figure[]>>> = {
  limit: limitFigures,
  cost: costFigures,
  system: flightDelayFigures,
  log: logFigures,
  swap: swapFigures,
  kill: killFigures,
  overload: overloadFigures,
  peers: peerFigures,
  models: manyModelsFigures,
}

/** Serving at the limit; MILLRACE_BENCH_PARTS=limit,cost runs some of its parts. */
export const bench: Bench = {
  name: 'serving',
  about:
    'Serving: against the raw limit, an echo and the peers; swaps, kills, overload, a thousand models (half an hour)',
  run: async (context) => {
    const chosen = process.env['MILLRACE_BENCH_PARTS']?.split(',') ?? Object.keys(parts)
    const figures: Figure[] = []
    for (const name of chosen) {
      const part = parts[name]
      if (!part) throw new Error(`Cannot find the part '${name}': there are ${Object.keys(parts).join(', ')}`)
      context.log(`— ${name}`)
      figures.push(...(await part(context)))
    }
    return figures
  },
}
