import { createServer } from 'node:http'
import { openWorkspace, openLog, systemClock, systemIds } from '#platform'
import { openDoor } from '../../src/serving/door/open-door.ts'
import { fastInfer } from '../../src/serving/v2/fast-infer.ts'
import { openModels } from '../../src/serving/open-models.ts'
import { openPredictionLog } from '../../src/serving/prediction-log/open-prediction-log.ts'
import { migrations } from '#serving'
import { servedModels } from './models.ts'
const [folder, port, sync] = process.argv.slice(2)
const workspace = await openWorkspace({
  folder: folder!,
  migrations,
  clock: systemClock,
  ids: systemIds(systemClock),
  log: openLog('warn'),
})
const real = await openPredictionLog(workspace, { syncMs: Number(sync ?? 100) })
const log = sync === 'nolog' ? { ...real, appendLines: () => Promise.resolve() } : real
const models = await openModels(workspace, { log })
for (const m of servedModels()) await models.inference.load(m.name, { file: { version: '1', bytes: m.onnx } })
for (const m of servedModels()) {
  const f = models.files.catalogue.find(m.name)!
  const r = models.files.peek(f)!
  console.error(m.name, r.runsIn, r.largestBatch, r.curve.map((c) => `${c.rows}:${c.ms.toFixed(2)}`).join(' '))
}
const route = fastInfer({
  inference: models.inference,
  models: models.files,
  nextId: models.nextId,
  clock: systemClock,
  version: '0',
})
const door = await openDoor({
  host: '127.0.0.1',
  port: Number(port),
  shared: true,
  maxBodyBytes: 1 << 24,
  complete: createServer((_, s) => s.end('slow')),
  handlerOf: route,
})
console.log(process.pid, door.port)
setInterval(() => {
  for (const {
    file,
    meter: { counts: c },
  } of models.files.meters().values())
    if (c.rows) console.error(file.name, 'avg batch', (c.batch.sum / c.batch.counts.reduce((a, b) => a + b)).toFixed(1))
}, 3000).unref()
