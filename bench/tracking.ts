import type { Bench } from './bench-shape.ts'
import { runParts, type Parts } from './run-parts.ts'
import { killFigures } from './tracking/kills.ts'
import { peerFigures } from './tracking/peer.ts'
import { registrationFigures } from './tracking/registration.ts'
import { millionFigures, scaleFigures } from './tracking/scale.ts'
import { searchFigures } from './tracking/search.ts'

const parts: Parts = {
  peer: peerFigures,
  search: searchFigures,
  scale: scaleFigures,
  million: millionFigures,
  registration: registrationFigures,
  kills: killFigures,
}

/** Tracking; MILLRACE_BENCH_PARTS=peer runs some of its parts. */
export const bench: Bench = {
  name: 'tracking',
  about:
    'Tracking: against `mlflow server` with the same requests, searches among 100,000 and a million runs, from log_model to a prediction, and 50 kills (half an hour, 20 GB of disk)',
  run: (context) => runParts(parts, context),
}
