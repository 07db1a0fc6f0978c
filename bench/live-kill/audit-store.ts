import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endpointOf, releasesOf } from '#deployment'
import { outcomeRelation } from '#feedback'
import { decisions, verifyDecisionLog } from '#governance'
import { snapshotsOf } from '#ingress'
import { readTrainings } from '#loop'
import { allMigrations } from '#loop/migrations'
import { openOrchestrator } from '#orchestration'
import { openWorkspace, silentLog, systemClock, systemIds, type Workspace } from '#platform'
import { versionsOf } from '#registry'
import { predictionRelation } from '#serving'
import { systemVersions } from '#system'
import { runsOf } from '#tracking'
import { rowsOfFile, systemName } from './killed-system.ts'
import type { Ledger } from './ledger.ts'

/** What is wrong with a store, one line each. */
export interface Audit {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** What did not come to its end, and what is there in half. */
  readonly unfinished: readonly string[]
}

interface Findings extends Audit {
  readonly lost: string[]
  readonly doubled: string[]
  readonly unfinished: string[]
}

/** Holds a store against everything that was acknowledged to the outside. */
export async function auditStore(folder: string, ledger: Ledger): Promise<Audit> {
  const workspace = await openWorkspace({
    folder,
    migrations: allMigrations,
    clock: systemClock,
    ids: systemIds(systemClock),
    log: silentLog,
    threads: 1,
  })
  const found: Findings = { lost: [], doubled: [], unfinished: [] }
  try {
    await auditPredictions(workspace, { ledger, found })
    await auditOutcomes(workspace, { ledger, found })
    await auditTurns(workspace, { ledger, found })
    await auditTrainings(workspace, { ledger, found })
    await auditReleases(workspace, found)
    await auditDecisions(workspace, found)
    await auditRows(workspace, { ledger, found })
    await auditBlobs(workspace, found)
    return found
  } finally {
    await workspace.close()
  }
}

interface Of {
  readonly ledger: Ledger
  readonly found: Findings
}

/** Every answered prediction is in the log once, as it was answered. */
async function auditPredictions(workspace: Workspace, { ledger, found }: Of): Promise<void> {
  const relation = await predictionRelation(workspace, { system: systemName })
  const rows = await workspace.lake.rows<{ id: string; n: number; version: string; decision: string }>(
    `select id, count(*)::int as n, any_value(version_id) as version, any_value(decision) as decision from ${relation} group by id`,
  )
  const logged = new Map(rows.map((row) => [row.id, row]))
  for (const { id, n } of rows) if (n > 1) found.doubled.push(`prediction ${id} is in the log ${n} times`)
  for (const [id, { versionId, decision }] of ledger.answers) {
    const row = logged.get(id)
    if (!row) found.lost.push(`prediction ${id} is not in the log`)
    else if (row.version !== versionId || row.decision !== decision)
      found.lost.push(`prediction ${id} was answered ${decision} by ${versionId}, the log says otherwise`)
  }
}

/** Every acknowledged outcome is there once, as it was told; no prediction has two. */
async function auditOutcomes(workspace: Workspace, { ledger, found }: Of): Promise<void> {
  const relation = await outcomeRelation(workspace, { system: systemName, history: true })
  const rows = await workspace.lake.rows<{ id: string; n: number; label: string }>(
    `select prediction_id as id, count(*)::int as n, any_value(label) as label from ${relation} group by 1`,
  )
  const kept = new Map(rows.map((row) => [row.id, row]))
  for (const { id, n } of rows) if (n > 1) found.doubled.push(`the outcome of ${id} was taken ${n} times`)
  for (const id of ledger.told)
    if (kept.get(id)?.label !== String(ledger.answers.get(id)?.flight.late))
      found.lost.push(`the outcome of ${id} is ${kept.get(id)?.label ?? 'not there'}`)
}

/** Every turn that was acknowledged came to a good end, and no run failed. */
async function auditTurns(workspace: Workspace, { ledger, found }: Of): Promise<void> {
  for (const key of ledger.turns.keys()) {
    const end = ledger.ended.get(key)
    if (end?.state !== 'done') found.unfinished.push(`${key} is ${end?.state ?? 'at work'}: ${end?.error?.message}`)
  }
  const orchestrator = await openOrchestrator(workspace, [], { worker: false })
  try {
    const runs = await orchestrator.list({ limit: 1000 })
    for (const { id, key, state, error } of runs)
      if (state === 'failed' || state === 'cancelled')
        found.unfinished.push(`run ${id} (${key}) ${state}: ${error?.message}`)
    for (const [key, id] of ledger.turns)
      if (!runs.some((run) => run.id === id)) found.lost.push(`the run of ${key} is not there`)
    const keys = runs.map((run) => run.key)
    for (const key of repeated(keys)) found.doubled.push(`the run of ${key} was started twice`)
  } finally {
    await orchestrator.stop()
  }
}

/** Every turn trained once: a run of each candidate, and where the gates were passed one version. */
async function auditTrainings(workspace: Workspace, { ledger, found }: Of): Promise<void> {
  const trainings = await readTrainings(workspace.database, systemName)
  const versions = await versionsOf(workspace, systemName)
  const runs = await runsOf(workspace, { system: systemName, limit: 1000 })
  const [system] = await systemVersions(workspace, systemName)
  const names = system?.spec.candidates.map((candidate) => candidate.name ?? candidate.kind) ?? []
  const wanted = trainings.flatMap((training) => names.map((name) => `${training.key}/${name}`))
  const had = runs.map((run) => run.key)
  found.lost.push(...wanted.filter((key) => !had.includes(key)).map((key) => `run ${key} is not there`))
  found.doubled.push(...had.filter((key) => !wanted.includes(key)).map((key) => `run ${key} is one too many`))
  found.doubled.push(...repeated(had).map((key) => `run ${key} is there twice`))
  for (const run of runs)
    if (run.status !== 'finished' || run.artifacts.length !== 1 || Object.keys(run.metrics).length === 0)
      found.unfinished.push(`run ${run.key} is ${run.status}, with ${run.artifacts.length} artifacts`)
  for (const key of ledger.ended.keys())
    if (!trainings.some((training) => training.key.endsWith(`/${key}`)))
      found.lost.push(`the training of ${key} is not there`)
  for (const { key, result } of trainings) {
    if (result === null) found.unfinished.push(`training ${key} did not end`)
    else if (result.passed !== (result.versionId !== null)) found.lost.push(`training ${key} has lost its version`)
    else if (result.passed && !versions.some(({ id, runId }) => id === result.versionId && isFitted(result, runId)))
      found.lost.push(`the version of ${key} is not there`)
  }
  const passed = trainings.filter(({ result }) => result?.passed).length
  if (versions.length > passed)
    found.doubled.push(`${passed} trainings passed, but there are ${versions.length} versions`)
}

const isFitted = (result: { readonly fitted: readonly { readonly runId: string }[] }, runId: string): boolean =>
  result.fitted.some((candidate) => candidate.runId === runId)

/** Every version was released once, at most one release runs, and what serves was promoted. */
async function auditReleases(workspace: Workspace, found: Findings): Promise<void> {
  const releases = await releasesOf(workspace, systemName)
  const versions = await versionsOf(workspace, systemName)
  for (const { id, number } of versions) {
    const own = releases.filter((release) => release.versionId === id)
    if (own.length === 0) found.lost.push(`version ${number} was never released`)
    if (own.length > 1) found.doubled.push(`version ${number} was released ${own.length} times`)
  }
  const running = releases.filter((release) => release.state === 'running')
  if (running.length > 1) found.doubled.push(`${running.length} releases run at once`)
  const champion = (await endpointOf(workspace, systemName))?.championReleaseId
  if (releases.find((release) => release.id === champion)?.state !== 'promoted')
    found.lost.push('what serves was not promoted')
}

/** The log is whole, each ruling in it once: of each training that it began, what was chosen, and of its gates. */
async function auditDecisions(workspace: Workspace, found: Findings): Promise<void> {
  const state = await verifyDecisionLog(workspace)
  if (!state.whole) found.lost.push(`the decision log breaks at ${state.sequence}: ${state.why}`)
  const log = await decisions(workspace, { system: systemName })
  found.doubled.push(...repeated(log.map(({ key }) => key)).map((key) => `decision ${key} is there twice`))
  for (const { key } of await readTrainings(workspace.database, systemName))
    for (const part of ['retrain', 'choice', 'gate'])
      if (!log.some((decision) => decision.key === `${key}/${part}`)) found.lost.push(`decision ${key}/${part}`)
  for (const release of await releasesOf(workspace, systemName))
    for (const { decisionId, action } of release.history)
      if (!log.some(({ id }) => id === decisionId)) found.lost.push(`the decision to ${action} ${release.id}`)
}

/** Every published flight was taken once. */
async function auditRows(workspace: Workspace, { ledger, found }: Of): Promise<void> {
  const snapshots = await snapshotsOf(workspace, { system: systemName, source: 'flights' })
  const had = snapshots.reduce((sum, { rows }) => sum + rows, 0)
  let wanted = 0
  for (let place = 0; place < ledger.files; place++) wanted += rowsOfFile(place)
  if (had < wanted) found.lost.push(`${wanted - had} of ${wanted} rows were not taken`)
  if (had > wanted) found.doubled.push(`${had - wanted} rows were taken twice`)
}

/** Every blob is what its name says, and what a version needs is there. */
async function auditBlobs(workspace: Workspace, found: Findings): Promise<void> {
  const folder = join(workspace.folder, 'blobs')
  for (const shard of await readdir(folder)) {
    if (shard === 'scratch') continue
    for (const name of await readdir(join(folder, shard))) {
      const bytes = await readFile(join(folder, shard, name))
      if (createHash('sha256').update(bytes).digest('hex') !== name) found.unfinished.push(`blob ${name} is not whole`)
    }
  }
  const trainings = await readTrainings(workspace.database, systemName)
  const needed = [
    ...(await versionsOf(workspace, systemName)).flatMap(({ onnxDigest, lineage }) => [
      onnxDigest,
      lineage.datasetDigest,
    ]),
    ...trainings.flatMap(({ result }) => result?.referenceDigest ?? []),
  ]
  for (const digest of needed) if (!(await workspace.blobs.has(digest))) found.lost.push(`blob ${digest}`)
}

const repeated = (names: readonly string[]): string[] => names.filter((name, place) => names.indexOf(name) !== place)
