import type { Bench, Figure } from './bench-shape.ts'
import { echo } from './serving/echo.ts'
import { measureSaturated } from './serving/measure-server.ts'
import { servedModels } from './serving/models.ts'
import { describeSaturated, measurePeers } from './serving/peers.ts'

/** The other servers of ONNX files with the models of the serving benchmarks. */
export const bench: Bench = {
  name: 'serving-peers',
  about: 'What FastAPI, MLServer, BentoML, Ray Serve and MLflow make of the same ONNX files',
  run: async (context) => {
    const log = (line: string): void => context.log(line)
    const figures: Figure[] = []
    for (const model of servedModels()) {
      log(
        `${model.name}, ${echo.name}: ${describeSaturated(await measureSaturated(echo, { model, seconds, isModel: false }))}`,
      )
      const { peers } = await measurePeers(model, { seconds, log })
      for (const { name, saturated } of peers) {
        if ('notRun' in saturated) continue
        const against = `ONNX Runtime in Node, eight rows; ${saturated.perSecond.toFixed(0)} requests/s at 64 connections`
        figures.push({
          name: `${model.name}, outputs of ${name}`,
          figure: saturated.worstDifference,
          bar: 1e-5,
          unit: 'apart',
          better: 'lower',
          against,
        })
      }
    }
    return figures.length > 0 ? figures : { skipped: 'no peer could be run' }
  },
}

const seconds = 5
