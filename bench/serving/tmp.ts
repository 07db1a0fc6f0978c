import { servedModels } from './models.ts'
import { millrace } from './millrace.ts'
import { echo } from './echo.ts'
import { measureSaturated } from './measure-server.ts'
const want = process.argv.slice(2)
for (const model of servedModels().filter((m) => want.length === 0 || want.includes(m.name)))
  for (const server of [
    echo,
    millrace(),
    millrace({ MILLRACE_SERVING_PROCESSES: '1' }, 'one process'),
    millrace({ MILLRACE_LOG_MODEL_FILES: 'off' }, 'no log'),
  ]) {
    const r = await measureSaturated(server, { model, seconds: 4 })
    if ('notRun' in r) console.log(server.name, r.notRun)
    else
      console.log(
        model.name,
        server.name,
        r.perSecond.toFixed(0),
        'p50',
        r.latencyMs.p50.toFixed(2),
        'p99',
        r.latencyMs.p99.toFixed(2),
        'cpu',
        r.cpuMicrosPerRequest.toFixed(1),
        'refused',
        r.refused,
        r.socketErrors,
        r.worstDifference.toExponential(1),
        r.loadAverage.toFixed(1),
      )
  }
