import type { BenchContext, Figure } from '../bench-shape.ts'
import { p99Of } from './measure-server.ts'
import { millrace } from './millrace.ts'
import { servedModels, type ServedModel } from './models.ts'
import { measurePeers, type ServerMeasured } from './peers.ts'

/** Millrace against the other servers of ONNX files, one row a request; a peer that did not run is told in the log. */
export async function peerFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const model of servedModels()) {
    const { peers, beside } = await measurePeers(model, { seconds: 5, log, beside: [millrace()] })
    const own = beside[0] as ServerMeasured
    figures.push(...outputsOf([own, ...peers], model), ...against(own, peers, model))
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

function against(
  own: ServerMeasured,
  peers: readonly ServerMeasured[],
  { name: model }: ServedModel,
): readonly Figure[] {
  const speed = ({ saturated }: ServerMeasured): number => ('notRun' in saturated ? 0 : saturated.perSecond)
  const p99 = ({ atEqualLoad }: ServerMeasured): number => ('notRun' in atEqualLoad ? Infinity : p99Of(atEqualLoad))
  const fastest = peers.reduce((best, peer) => (speed(peer) > speed(best) ? peer : best))
  const quickest = peers.reduce((best, peer) => (p99(peer) < p99(best) ? peer : best))
  return [
    {
      name: `Throughput, ${model}`,
      figure: speed(own) / speed(fastest),
      bar: 5,
      unit: 'times the best peer',
      better: 'higher',
      against: `${fastest.name}: ${speed(own).toFixed(0)} and ${speed(fastest).toFixed(0)} requests/s`,
    },
    {
      name: `p99 at equal load, ${model}`,
      figure: p99(own) / p99(quickest),
      bar: 1 / 3,
      unit: 'of the best peer',
      better: 'lower',
      against: `${quickest.name}: ${p99(own).toFixed(2)} and ${p99(quickest).toFixed(2)} ms`,
    },
  ]
}
