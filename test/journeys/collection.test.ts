import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApp, type App } from '#app'
import { turnWorkflow } from '#loop/live'
import { GraphBuilder } from '#model'
import { openOrchestrator } from '#orchestration'
import { digestsIn, readConfig } from '#platform'
import { lateOrders, writeOrders } from '../../src/loop/fixtures/opposite-segments.ts'
import { lateParcels, openTinyLoop, type TinyLoop } from '../../src/loop/fixtures/tiny-loop.ts'
import { startTurn } from '../../src/loop/live/turn-workflow.ts'
import { ageBlobs, blobsIn, clientOf } from '../../src/collection/fixtures/whole-store.ts'

let loop: TinyLoop
let app: App
beforeAll(async () => {
  loop = await openTinyLoop(20)
  await loop.writeParcels(20)
  await writeOrders(loop.workspace, { folder: loop.folder, days: 20, customers: 2, rowsEach: 200 })
  const workflow = turnWorkflow(loop.workspace, async () => loop.pool)
  const orchestrator = await openOrchestrator(loop.workspace, [workflow.turn])
  const warned = { kind: 'between', column: 'weight', max: 6, severity: 'quarantine' } as const
  const systems = [lateOrders(), lateParcels({ checks: [warned] })]
  for (const system of systems) {
    await loop.apply(system)
    const id = await startTurn(orchestrator, { workflow, system: system.name, key: 'k' })
    await orchestrator.result({ id, workflow: 'turn' })
  }
  await orchestrator.stop()
  app = await openApp({ folder: loop.folder, config: readConfig({ MILLRACE_LOG: 'silent' }), worker: false })
}, 120_000)
afterAll(async () => {
  await app.close()
  await loop.close()
})

async function post(path: string, body: object, status = 200): Promise<unknown> {
  const answer = await app.fetch(
    new Request(`http://127.0.0.1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
  expect([path, answer.status]).toEqual([path, status])
  return answer.json()
}

/** Every digest in any text of any table: what a component might refer to, whether it says so or not. */
function digestsInTables(): ReadonlySet<string> {
  const found = new Set<string>()
  for (const file of ['facts.sqlite', 'work.sqlite']) {
    const database = new DatabaseSync(join(loop.folder, file), { readOnly: true })
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
    for (const { name } of tables)
      for (const row of database.prepare(`select * from "${String(name)}"`).all())
        for (const value of Object.values(row)) for (const digest of digestsIn(value)) found.add(digest)
    database.close()
  }
  return found
}

test('a store of all kinds of things loses nothing that any table names, and a planted orphan goes', async () => {
  const graph = new GraphBuilder('twice')
  const x = graph.input('x', 'float', ['N', 2])
  graph.node('Add', [x, x], { as: 'y' })
  graph.output('y', 'float', ['N', 2])
  const file = Buffer.from(graph.build({})).toString('base64')
  await post('/v2/repository/models/twice/load', { parameters: { 'file:1/model.onnx': file } })
  const client = await clientOf(app.workspace)
  const run = await client.startRun('0')
  await client.artifact('PUT', `0/${run}/artifacts/f`, 'a file')
  const made = await client.call('POST logged-models', { experiment_id: '0', name: 'm' })
  const { model_id } = (made as unknown as { model: { info: { model_id: string } } }).model.info
  await client.artifact('PUT', `0/models/${model_id}/artifacts/MLmodel`, 'flavors: {}')
  const before = await blobsIn(loop.folder)
  const named = digestsInTables()
  expect(before.filter((digest) => named.has(digest)).length).toBeGreaterThan(10)

  const orphan = await app.workspace.blobs.put('planted')
  await writeFile(app.workspace.blobs.scratchPath('bin'), 'left over')
  await ageBlobs(loop.folder)
  const expected = { experiments: 0, runs: 0, files: 0, blobs: 1, bytesFreed: 7, bytesWaiting: 0, leftOvers: 1 }
  expect(await post('/api/v1/collections', { olderThan: '0d', dryRun: true })).toMatchObject(expected)
  expect(await app.workspace.blobs.has(orphan)).toBe(true)
  expect(await post('/api/v1/collections', { olderThan: '0d' })).toMatchObject(expected)
  // The models of segments too, which no table names but the list that one does.
  expect(await blobsIn(loop.folder)).toEqual(before)
})

test('a collection of what was deleted before all time is refused', async () => {
  for (const [olderThan, says] of [
    ['99999999999d', /olderThan: 100000d at most/],
    ['soon', /olderThan: a number and a unit/],
  ] as const)
    expect(await post('/api/v1/collections', { olderThan }, 422)).toMatchObject({
      code: 'http/invalidRequest',
      detail: expect.stringMatching(says),
    })
})
