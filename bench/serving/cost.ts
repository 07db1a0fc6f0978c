import type { BenchContext, Figure } from '../bench-shape.ts'
import { echo } from './echo.ts'
import { measureSaturated, type Saturated } from './measure-server.ts'
import { millrace } from './millrace.ts'
import { servedModels } from './models.ts'
import type { ServerUnderTest } from './server-under-test.ts'

/** Server CPU per request against a bare echo of the same bodies, the prediction log on: pairs, one after the other. */
export async function costFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  const models = servedModels().filter(({ name }) => name !== 'mlp')
  const settings = [
    { as: 'one process each', env: { MILLRACE_SERVING_PROCESSES: '1' } },
    { as: 'a process a core', env: {} },
  ]
  for (const { model, as, env } of models.flatMap((model) => settings.map((setting) => ({ model, ...setting })))) {
    const ratios: number[] = []
    let last: readonly [number, number] = [NaN, NaN]
    for (let pair = 0; pair < pairs; pair++) {
      const measured = async (server: ServerUnderTest): Promise<Saturated> => {
        const found = await measureSaturated(server, { model, seconds })
        if ('notRun' in found) throw new Error(`${server.name}: ${found.notRun}`)
        log(
          `${model.name}, ${server.name}: ${found.perSecond.toFixed(0)}/s, p99 ${found.latencyMs.p99.toFixed(2)} ms, ` +
            `${found.cpuMicrosPerRequest.toFixed(1)} µs of processor a request, ${found.refused} refused, load average ${found.loadAverage.toFixed(2)}`,
        )
        return found
      }
      const [limit, own] = [await measured(echo), await measured(millrace(env, `Millrace, ${as}`))]
      ratios.push(own.cpuMicrosPerRequest / limit.cpuMicrosPerRequest)
      last = [own.cpuMicrosPerRequest, limit.cpuMicrosPerRequest]
    }
    figures.push({
      name: `CPU a request, ${model.name}, ${as}`,
      figure: median(ratios),
      bar: 1.6,
      unit: 'times the echo',
      better: 'lower',
      against: `node:http echo of the same bodies, V2 JSON, log on; ${pairs} pairs: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}; last ${last[0].toFixed(1)} and ${last[1].toFixed(1)} µs`,
    })
  }
  return figures
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? NaN
}

const pairs = 3
const seconds = 5
