import type { BenchContext, Figure } from '../bench-shape.ts'
import { median } from './cost.ts'
import { millrace } from './millrace.ts'
import { servedModels, type ServedModel } from './models.ts'
import { measurePeers, type InTurns, type PeersMeasured, type ServerMeasured } from './peers.ts'
import type { NotRun } from './server-under-test.ts'

/** Millrace against the other servers of ONNX files, one row a request; a peer that did not run is told in the log. */
export async function peerFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const model of servedModels()) {
    const measured = await measurePeers(model, { seconds: 5, log, own: millrace() })
    const { own, peers, inTurns } = measured
    figures.push(...outputsOf([own, ...peers], model), throughput(measured, model), atEqualLoad(inTurns, model))
  }
  return figures
}

function outputsOf(servers: readonly ServerMeasured[], { name: model }: ServedModel): readonly Figure[] {
  return servers.flatMap(({ name, saturated }) =>
    'notRun' in saturated
      ? []
      : [
          {
            name: `Outputs of ${name}, ${model}`,
            figure: saturated.worstDifference,
            bar: 1e-5,
            unit: 'apart',
            better: 'lower' as const,
            against: `ONNX Runtime in Node; ${saturated.perSecond.toFixed(0)} requests/s, p99 ${saturated.latencyMs.p99.toFixed(1)} ms, ${saturated.cpuMicrosPerRequest.toFixed(0)} µs of processor a request`,
          },
        ],
  )
}

function throughput({ own, peers }: PeersMeasured, { name: model }: ServedModel): Figure {
  const speed = ({ saturated }: ServerMeasured): number => ('notRun' in saturated ? 0 : saturated.perSecond)
  const fastest = peers.reduce((best, peer) => (speed(peer) > speed(best) ? peer : best))
  return {
    name: `Throughput, ${model}`,
    figure: speed(own) / speed(fastest),
    bar: 5,
    unit: 'times the best peer',
    better: 'higher',
    against: `${fastest.name}: ${speed(own).toFixed(0)} and ${speed(fastest).toFixed(0)} requests/s`,
  }
}

function atEqualLoad(inTurns: InTurns | NotRun, { name: model }: ServedModel): Figure {
  const isRun = !('notRun' in inTurns)
  const listed = (values: readonly number[]): string => values.map((ms) => ms.toFixed(2)).join(', ')
  return {
    name: `p99 at equal load, ${model}`,
    figure: isRun ? median(inTurns.ownMs) / median(inTurns.peerMs) : NaN,
    bar: 1 / 3,
    unit: 'of the best peer',
    better: 'lower',
    against: isRun
      ? `${inTurns.peer}, in turns at ${inTurns.perSecond}/s: ${listed(inTurns.ownMs)} and ${listed(inTurns.peerMs)} ms`
      : inTurns.notRun,
  }
}
