import type { Bench, Figure } from './bench-shape.ts'
import { echo } from './serving/echo.ts'
import { servedModels, type ServedModel } from './serving/models.ts'
import { measurePeers, type ServerMeasured } from './serving/peers.ts'
import type { ServerUnderTest } from './serving/server-under-test.ts'

/** The other servers of ONNX files with the models of the serving benchmarks. */
export const bench: Bench = {
  name: 'serving-peers',
  about: 'What FastAPI, MLServer, BentoML, Ray Serve and MLflow make of the same ONNX files, one row a request',
  run: async (context) => {
    const figures: Figure[] = []
    for (const model of servedModels()) {
      const { peers } = await measurePeers(model, { seconds, log: (line) => context.log(line), beside })
      figures.push(...peers.flatMap((peer) => outputsOf(peer, model)))
    }
    return figures.length > 0 ? figures : { skipped: 'no peer could be run' }
  },
}

/** Measured beside the peers, in the same way. */
const beside: readonly ServerUnderTest[] = [echo]

/** A peer that did not run has no figure; why is in the log. */
function outputsOf({ name, saturated }: ServerMeasured, model: ServedModel): readonly Figure[] {
  if ('notRun' in saturated) return []
  const { worstDifference, perSecond, latencyMs } = saturated
  const speed = `${perSecond.toFixed(0)} requests/s, p99 ${latencyMs.p99.toFixed(1)} ms at 64 connections`
  return [
    {
      name: `Outputs of ${name}, ${model.name}`,
      figure: worstDifference,
      bar: 1e-5,
      unit: 'apart',
      better: 'lower',
      against: `ONNX Runtime in Node on eight rows; ${speed}`,
    },
  ]
}

const seconds = 5
