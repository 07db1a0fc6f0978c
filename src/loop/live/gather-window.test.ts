import { expect, test } from 'vitest'
import { releasesOf, startRelease } from '#deployment'
import { attribute, declareClasses, declareInputs, GraphBuilder, type Signature } from '#model'
import { registerVersion, type ModelVersion } from '#registry'
import { openServing } from '#serving'
import { concludeWindow } from '../conclude-window.ts'
import { day, lateParcels, openTinyLoop, startMs, type TinyLoop } from '../fixtures/tiny-loop.ts'
import { prepareData } from '../prepare-data.ts'
import { atOnce } from '../schema.ts'
import { tick } from '../tick.ts'
import { championOf } from '../train-cycle.ts'
import { gatherWindow } from './gather-window.ts'

/** Registers a model that can be opened, but fails at every parcel that weighs something. */
async function registerFailing({ workspace }: TinyLoop, champion: ModelVersion): Promise<ModelVersion> {
  const signature: Signature = { ...champion.signature, task: 'binary', classes: ['false', 'true'] }
  const graph = new GraphBuilder('failing')
  declareInputs(graph, signature.inputs)
  const zero = graph.constant('float', [1], [0])
  const weight = graph.node('Where', [graph.node('IsNaN', ['weight']), zero, 'weight'])
  const place = graph.node('Cast', [weight], { attributes: { to: attribute.int(7) } })
  const late = graph.node('Gather', [graph.constant('float', [1], [0.5]), place])
  const both = graph.node('Concat', [late, late], { attributes: { axis: attribute.int(1) } })
  declareClasses(graph, both, { classes: signature.classes })
  const { evaluation, lineage } = champion
  return registerVersion(workspace, {
    system: champion.system,
    runId: 'run_failing',
    candidate: 'failing',
    onnxDigest: await workspace.blobs.put(graph.build({ signature })),
    evaluation,
    threshold: 0.5,
    lineage: { ...lineage, runId: 'run_failing' },
  })
}

test('gatherWindow() counts the failures of a challenger that answered nothing, so that it is rolled back', async () => {
  const loop = await openTinyLoop(20)
  const { workspace, pool } = loop
  try {
    await loop.writeParcels(20)
    const system = await loop.apply(lateParcels())
    const { dataset } = await prepareData(workspace, { system, step: atOnce })
    await tick(workspace, {
      system,
      dataset,
      nowMs: workspace.clock.now(),
      windows: [],
      gather: () => Promise.resolve(null),
      step: atOnce,
      byTheClock: false,
      pool,
    })
    const failing = await registerFailing(loop, (await championOf(workspace, 'parcels')) as ModelVersion)
    await startRelease(workspace, {
      system: 'parcels',
      versionId: failing.id,
      strategy: { strategy: 'canary', steps: [0.5, 1], bake: '1d', minSamples: 10 },
      actor: 'test',
      why: 'The test asks for it',
    })
    const serving = await openServing(workspace)
    const rows = Array.from({ length: 40 }, (_, i) => ({
      sent: '2001-01-21T00:00:00Z',
      parcel: 5000 + i,
      way: 'air',
      weight: 1 + (i % 5),
    }))
    const { predictions } = await serving.predict({ system: 'parcels', rows })
    await serving.close()
    expect(predictions.every(({ arm }) => arm === 'champion')).toBe(true)
    const window = { startMs: startMs + 20 * day, endMs: startMs + 21 * day }
    const evidence = await gatherWindow(workspace, { system, dataset, window })
    expect(evidence?.champion).toMatchObject({ errors: 0 })
    expect(evidence?.challenger).toMatchObject({ versionId: failing.id })
    expect(evidence?.challenger?.errors).toBeGreaterThan(5)
    const before = { startMs: window.startMs - day, endMs: window.startMs }
    expect(await gatherWindow(workspace, { system, dataset, window: before })).toBeNull()
    if (evidence) await concludeWindow(workspace, system, evidence)
    expect((await releasesOf(workspace, 'parcels')).map(({ state }) => state)).toContain('rolled-back')
  } finally {
    await loop.close()
  }
})

test('gatherWindow() says nothing of an input that the log withholds', async () => {
  const loop = await openTinyLoop(20)
  const { workspace, pool } = loop
  try {
    await loop.writeParcels(20)
    const system = await loop.apply(lateParcels({ serving: { log: { withhold: ['weight'] } } }))
    const { dataset } = await prepareData(workspace, { system, step: atOnce })
    await tick(workspace, {
      system,
      dataset,
      nowMs: workspace.clock.now(),
      windows: [],
      gather: () => Promise.resolve(null),
      step: atOnce,
      byTheClock: false,
      pool,
    })
    const serving = await openServing(workspace)
    const rows = Array.from({ length: 40 }, (_, i) => ({
      sent: '2001-01-21T00:00:00Z',
      parcel: 5000 + i,
      way: 'air',
      weight: 1 + (i % 5),
    }))
    await serving.predict({ system: 'parcels', rows })
    await serving.close()
    const window = { startMs: startMs + 20 * day, endMs: startMs + 21 * day }
    const evidence = await gatherWindow(workspace, { system, dataset, window })
    expect(Object.keys(evidence?.inputs.columns ?? {})).toEqual(['way'])
    if (!evidence) return
    const { drift } = await concludeWindow(workspace, system, evidence)
    expect(drift.map(({ column }) => column)).toEqual(['way'])
  } finally {
    await loop.close()
  }
})
