import { servedModels } from './models.ts'
import { startWithModel } from './millrace.ts'
import { closedLoop } from './load.ts'
import { cpuMicros } from './process-cpu.ts'
import { fixedRows } from './fixed-rows.ts'
const [name, procs] = process.argv.slice(2)
const model = servedModels().find((m) => m.name === name)!
const s = await startWithModel(model, {
  MILLRACE_SERVING_PROCESSES: procs ?? '1',
  NODE_OPTIONS: process.argv[4] ? `--cpu-prof --cpu-prof-dir=${process.argv[4]}` : '',
})
const body = s.body(fixedRows(model, 1))
await closedLoop(s, { body, connections: 64, seconds: 2 })
for (let i = 0; i < 3; i++) {
  const c = await cpuMicros(s.pid)
  const r = await closedLoop(s, { body, connections: 64, seconds: 4 })
  if ('notRun' in r) throw 1
  console.log(r.perSecond.toFixed(0), r.latencyMs, 'cpu', (((await cpuMicros(s.pid)) - c) / r.answered).toFixed(1))
}
const m = await (await fetch(s.url + '/metrics')).text()
console.log(
  m
    .split('\n')
    .filter((l) => /batch_rows|run_seconds|queue_seconds/.test(l) && !l.startsWith('#'))
    .join('\n'),
)
await s.stop()
