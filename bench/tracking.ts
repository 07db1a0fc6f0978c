import type { Bench } from './bench-shape.ts'
import { runParts, type Parts } from './run-parts.ts'
import { killFigures } from './tracking/kills.ts'
import { peerFigures } from './tracking/peer.ts'
import { registrationFigures } from './tracking/registration.ts'
import { scaleFigures } from './tracking/scale.ts'

const parts: Parts = {
  peer: peerFigures,
  scale: scaleFigures,
  kills: killFigures,
  registration: registrationFigures,
}

/** Tracking; MILLRACE_BENCH_PARTS=peer runs some of its parts. */
export const bench: Bench = {
  name: 'tracking',
  about:
    'Tracking: against `mlflow server` with the same requests, searches among 100,000 runs, 50 kills, and from log_model to a prediction (some minutes)',
  run: (context) => runParts(parts, context),
}
