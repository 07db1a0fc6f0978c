import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Evaluation } from '#evaluation'
import { migrations as governance } from '#governance/migrations'
import { declareInputs, declarePrediction, GraphBuilder, keepSegments, type Field, type Partition } from '#model'
import { seededIds, seededRandom, silentLog, virtualClock, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import { migrations as system } from '#system/migrations'
import { migrations as tracking } from '#tracking/migrations'
import { modelCard, modelVersion, registerVersion, versionsOf, type Registration } from './index.ts'
import { migrations } from './migrations.ts'

let folder: string
let workspace: Workspace
let onnxDigest: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-partition-'))
  workspace = await openIn()
  onnxDigest = await workspace.blobs.put(modelFile())
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

function openIn(): Promise<Workspace> {
  const clock = virtualClock(1000)
  const ids = seededIds(clock, seededRandom(1))
  return openWorkspace({
    folder,
    migrations: [...governance, ...system, ...tracking, ...migrations],
    clock,
    ids,
    log: silentLog,
    threads: 1,
  })
}

function modelFile(): Uint8Array {
  const inputs: readonly Field[] = [{ name: 'distance', type: 'numeric' }]
  const graph = new GraphBuilder('as it is')
  declareInputs(graph, inputs)
  declarePrediction(graph, graph.node('Identity', ['distance']))
  return graph.build({ signature: { task: 'regression', inputs, classes: [] } })
}

const mae = { value: 1, low: 0.9, high: 1.1 }
const evaluation: Evaluation = {
  task: 'regression',
  rows: 500,
  primary: { name: 'mae', better: 'lower', ...mae },
  metrics: { mae },
  per: 1000,
  currency: null,
  threshold: null,
  calibration: [],
  confusion: [],
  slices: [],
  resamples: 200,
}

const registration = (partition: Partition): Registration => ({
  system: 'taxi',
  runId: 'r1',
  candidate: 'linear',
  onnxDigest,
  partition,
  evaluation,
  lineage: { systemHash: 'a', datasetDigest: 'd'.repeat(64), runId: 'r1', commit: null },
})

/** A partition whose segments have these model files. */
const partitionOf = async (digests: Readonly<Record<string, string>>): Promise<Partition> => ({
  by: 'place',
  segmentsDigest: await keepSegments(
    workspace,
    Object.entries(digests).map(([segment, digest]) => ({ segment, onnxDigest: digest, rows: 300 })),
  ),
  segments: Object.keys(digests).length,
  rows: 300 * Object.keys(digests).length,
  pooledSegments: 1,
  pooledRows: 40,
})

test('registerVersion() keeps how a version is cut into segments, and its card says so', async () => {
  const partition = await partitionOf({ oslo: onnxDigest, 'são paulo': onnxDigest })
  const version = await registerVersion(workspace, registration(partition))
  expect((await modelVersion(workspace, version.id)).partition).toEqual(partition)
  const card = await modelCard(workspace, version.id)
  expect(card).toContain('- 2 segments of `place` with a model of their own, learned from 600 rows')
  expect(card).toContain('- 1 other segment that the pooled model answers, 40 rows')
  expect(card).toContain(`- models of segments \`${partition.segmentsDigest}\``)
})

test('registerVersion() refuses a version of which the store lacks a segment, or their list', async () => {
  const partition = await partitionOf({ oslo: onnxDigest, bergen: 'e'.repeat(64) })
  await expect(registerVersion(workspace, registration(partition))).rejects.toMatchObject({
    code: 'registry/missingModel',
    message: expect.stringContaining("the model of segment 'bergen'"),
  })
  const listless = { ...partition, segmentsDigest: 'd'.repeat(64) }
  await expect(registerVersion(workspace, registration(listless))).rejects.toMatchObject({
    code: 'registry/missingModel',
  })
  expect(await versionsOf(workspace, 'taxi')).toEqual([])
})
