import type { Bench } from './bench-shape.ts'
import { runParts, type Parts } from './run-parts.ts'
import { costFigures } from './serving/cost.ts'
import { flightDelayFigures } from './serving/flight-delay.ts'
import { killFigures } from './serving/kill.ts'
import { limitFigures } from './serving/limit.ts'
import { logFigures } from './serving/log-latency.ts'
import { manyModelsFigures } from './serving/many-models.ts'
import { overloadFigures } from './serving/overload.ts'
import { peerFigures } from './serving/peer-figures.ts'
import { swapFigures } from './serving/swap.ts'

const parts: Parts = {
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
  run: (context) => runParts(parts, context),
}
