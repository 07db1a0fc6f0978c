import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { collect } from '#collection'
import { allMigrations } from '#loop/migrations'
import { openWorkspace, seededRandom, silentLog, systemClock, systemIds } from '#platform'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { freePort } from '../serving/server-process.ts'
import { trackingClient } from './client.ts'
import { program } from './servers.ts'

/** A server killed while batches and files come, time and again; then all that was sent is looked for. */
export async function killFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  let server: Server | undefined
  try {
    server = await start(folder)
    const runs = await startRuns(server.port)
    const ledger: Ledger = { batches: runs.map(() => new Set()), files: new Map(), next: runs.map(() => 0) }
    for (let kill = 0; kill < kills; kill++) {
      const lanes = runs.map((run, lane) => logBatches(server as Server, { run, lane, ledger }))
      for (let lane = 0; lane < uploadLanes; lane++)
        lanes.push(upload(server, { run: runs[0] as string, kill, lane, ledger }))
      await someAcknowledged(ledger)
      await pause((kill % 7) * 50)
      await server.kill()
      await Promise.all(lanes)
      server = await start(folder)
      if (kill % 10 === 9) log(`${kill + 1} kills, ${acknowledged(ledger)}`)
    }
    const batches = await heldBatches(server.port, { runs, ledger })
    const files = await heldFiles(server.port, ledger)
    await server.kill()
    server = undefined
    const orphans = await orphansAfterCollection(folder, files.present)
    const against = `${kills} kills, ${acknowledged(ledger)}`
    const none = { bar: 0, better: 'lower', against } as const
    return [
      { name: 'Acknowledged batches missing', figure: batches.missing, unit: 'batches', ...none },
      { name: 'Half batches', figure: batches.half, unit: 'batches', ...none },
      { name: 'Acknowledged artifacts missing', figure: files.missing, unit: 'files', ...none },
      { name: 'Half artifacts visible', figure: files.half, unit: 'files', ...none },
      { name: 'Orphans after a collection', figure: orphans, unit: 'files', ...none },
    ]
  } finally {
    await server?.kill()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Waits until some more batches and files were acknowledged: others are on their way then. */
async function someAcknowledged(ledger: Ledger): Promise<void> {
  const batches = (): number => ledger.batches.reduce((sum, steps) => sum + steps.size, 0)
  const files = (): number => [...ledger.files.values()].filter(({ isAcknowledged }) => isAcknowledged).length
  const [batchesBefore, filesBefore] = [batches(), files()]
  for (const untilMs = performance.now() + 60_000; performance.now() < untilMs; await pause(5))
    if (batches() >= batchesBefore + batchLanes && files() >= filesBefore + uploadLanes) return
}

interface Server {
  readonly port: number
  kill(): Promise<void>
}

/** What was sent, and what of it was acknowledged. */
interface Ledger {
  /** Steps of the batches that were acknowledged, by lane. */
  readonly batches: readonly Set<number>[]
  /** The step that each lane sends next. */
  readonly next: number[]
  /** Every file that was sent, by its path. */
  readonly files: Map<string, { readonly digest: string; isAcknowledged: boolean }>
}

const acknowledged = ({ batches, files }: Ledger): string =>
  `${batches.reduce((sum, steps) => sum + steps.size, 0)} batches and ${[...files.values()].filter(({ isAcknowledged }) => isAcknowledged).length} artifacts acknowledged`

/** Starts a server on the store of the folder, in one process. */
async function start(folder: string): Promise<Server> {
  const port = await freePort()
  const child: ChildProcess = spawn(process.execPath, [program, 'up', '--port', String(port)], {
    cwd: folder,
    stdio: 'ignore',
    env: { ...process.env, MILLRACE_STORE: join(folder, 'store'), MILLRACE_SERVING_PROCESSES: '0' },
  })
  const ended = once(child, 'exit')
  const server: Server = {
    port,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
  for (const untilMs = performance.now() + 120_000; ;) {
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return server
    if (performance.now() > untilMs || child.exitCode !== null) {
      await server.kill()
      throw new Error('The server does not answer')
    }
    await pause(20)
  }
}

async function startRuns(port: number): Promise<readonly string[]> {
  const client = trackingClient(port)
  const runs: string[] = []
  for (let lane = 0; lane < batchLanes; lane++) {
    const made = await client.call('runs/create', { experiment_id: '0' })
    runs.push((made as { run: { info: { run_id: string } } }).run.info.run_id)
  }
  client.close()
  return runs
}

/** Logs batches to a run, one after the other, until the server is gone. */
async function logBatches(
  { port }: Server,
  { run, lane, ledger }: { readonly run: string; readonly lane: number; readonly ledger: Ledger },
): Promise<void> {
  const client = trackingClient(port)
  try {
    for (;;) {
      const step = ledger.next[lane] as number
      ledger.next[lane] = step + 1
      await client.call('runs/log-batch', {
        run_id: run,
        metrics: keys.map((key) => ({ key, value: step, timestamp: step, step })),
        params: [{ key: `p${step}`, value: String(step) }],
      })
      ledger.batches[lane]?.add(step)
    }
  } catch {
    // It was killed.
  } finally {
    client.close()
  }
}

/** Uploads files of various sizes, one after the other, until the server is gone. */
async function upload(
  { port }: Server,
  {
    run,
    kill,
    lane,
    ledger,
  }: { readonly run: string; readonly kill: number; readonly lane: number; readonly ledger: Ledger },
): Promise<void> {
  const random = seededRandom(`upload ${kill} ${lane}`)
  try {
    for (let file = 0; ; file++) {
      const path = `0/${run}/artifacts/${kill}/${lane}/${file}`
      const body = Buffer.alloc(1 + Math.floor(random.next() ** 3 * 4_000_000), `${path};`)
      const sent = { digest: digestOf(body), isAcknowledged: false }
      ledger.files.set(path, sent)
      const answer = await fetch(`http://127.0.0.1:${port}${artifacts}/${path}`, { method: 'PUT', body })
      if (answer.ok) sent.isAcknowledged = true
    }
  } catch {
    // It was killed.
  }
}

async function heldBatches(
  port: number,
  { runs, ledger }: { readonly runs: readonly string[]; readonly ledger: Ledger },
): Promise<{ readonly missing: number; readonly half: number }> {
  const client = trackingClient(port)
  let missing = 0
  let half = 0
  for (const [lane, run] of runs.entries()) {
    /** How many of its metrics and parameters there are of each batch. */
    const parts = new Map<number, number>()
    const count = (step: number): void => void parts.set(step, (parts.get(step) ?? 0) + 1)
    for (const key of keys) {
      const { metrics = [] } = (await client.call(`metrics/get-history?run_id=${run}&metric_key=${key}`)) as {
        metrics?: readonly { step: number }[]
      }
      for (const { step } of metrics) count(step)
    }
    const { run: found } = (await client.call(`runs/get?run_id=${run}`)) as {
      run: { data: { params?: readonly { value: string }[] } }
    }
    for (const { value } of found.data.params ?? []) count(Number(value))
    half += [...parts.values()].filter((count_) => count_ !== keys.length + 1).length
    missing += [...(ledger.batches[lane] ?? [])].filter((step) => !parts.has(step)).length
  }
  client.close()
  return { missing, half }
}

async function heldFiles(
  port: number,
  { files }: Ledger,
): Promise<{ readonly missing: number; readonly half: number; readonly present: ReadonlySet<string> }> {
  const present = new Set<string>()
  let [missing, half] = [0, 0]
  for (const [path, { digest, isAcknowledged }] of files) {
    const answer = await fetch(`http://127.0.0.1:${port}${artifacts}/${path}`)
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (!answer.ok) missing += isAcknowledged ? 1 : 0
    else if (digestOf(bytes) === digest) present.add(digest)
    else half++
  }
  return { missing, half, present }
}

/** Files of bytes that belong to no artifact, once what is left over was collected as if it were two days old. */
async function orphansAfterCollection(folder: string, present: ReadonlySet<string>): Promise<number> {
  const store = join(folder, 'store')
  const blobs = join(store, 'blobs')
  const workspace = await openWorkspace({
    folder: store,
    migrations: allMigrations,
    clock: systemClock,
    ids: systemIds(systemClock),
    log: silentLog,
  })
  const seconds = Date.now() / 1000 - 2 * 86_400
  for (const path of await readdir(blobs, { recursive: true })) await utimes(join(blobs, path), seconds, seconds)
  await collect(workspace, { olderThanMs: 0 })
  await workspace.close()
  const left = (await readdir(blobs, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  return left.filter(({ name }) => !present.has(name)).length
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const artifacts = '/api/2.0/mlflow-artifacts/artifacts'
const keys = Array.from({ length: 100 }, (_, place) => `m${place}`)
const kills = 50
const batchLanes = 4
const uploadLanes = 4
