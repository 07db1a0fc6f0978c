import type { Bench, BenchContext, Figure } from './bench-shape.ts'
import { peerFigures } from './tracking/peer.ts'
import { scaleFigures } from './tracking/scale.ts'

const parts: Readonly<Record<string, (context: BenchContext) => Promise<readonly Figure[]>>> = {
  peer: peerFigures,
  scale: scaleFigures,
}

/** Tracking; MILLRACE_BENCH_PARTS=peer runs some of its parts. */
export const bench: Bench = {
  name: 'tracking',
  about: 'Tracking: against `mlflow server` with the same requests, and searches among 100,000 runs (some minutes)',
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
