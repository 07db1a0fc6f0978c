import { availableParallelism } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { routes as deploymentRoutes } from '#deployment'
import { routes as feedbackRoutes } from '#feedback'
import { openAccess, routes as governanceRoutes } from '#governance'
import { judgeVersions, loopRoutes, registrationWorkflow, turnWorkflow, type ServedFiles } from '#loop/live'
import { allMigrations } from '#loop/migrations'
import { openOrchestrator } from '#orchestration'
import {
  adoptConnections,
  bucketOf,
  createHttpServer,
  days,
  durationMs,
  inProcess,
  openLog,
  openPrivateSocket,
  openWorkspace,
  readConfig,
  systemClock,
  systemIds,
  type Address,
  type Authorise,
  type Config,
  type Listening,
  type Workspace,
} from '#platform'
import {
  openWebhooks,
  registryEndpoints,
  routes as registryRoutes,
  versionArtifactProtocol,
  wakingWebhooks,
  webhookEndpoints,
} from '#registry'
import {
  compactBeside,
  keepCompacted,
  metricsRoute,
  openServingProcesses,
  openServingUnit,
  servingCounts,
  storeRegister,
  type AllCounts,
  type ServingListening,
  type ServingUnit,
} from '#serving'
import { listSystems } from '#system'
import {
  closeOrphanRuns,
  mlflowProtocol,
  openArtifactProtocols,
  pageArtifactProtocol,
  routes as trackingRoutes,
  trackingEndpoints,
} from '#tracking'
import { collectionRoutes, keepCollected } from '#collection'
import { lateTrainingPool } from './late-training-pool.ts'
import { version } from './version.ts'

/** A whole Millrace in this process. */
export interface App {
  readonly workspace: Workspace
  /** Everything that can be asked over HTTP. */
  readonly addresses: readonly Address[]
  /** Answers a request of the API without a socket: who has opened the store may do everything. */
  fetch(request: Request): Promise<Response>
  /** Opens the port. @throws {Failure} `http/portInUse`, `http/cannotListen` */
  listen(at?: { readonly host?: string; readonly port?: number; readonly grpcPort?: number }): Promise<AppListening>
  /** Answers what is under way, lets steps finish, and closes everything. */
  close(): Promise<void>
}

export interface AppListening extends Listening {
  /** Port of gRPC; null where it is not spoken. */
  readonly grpcPort: number | null
  /** Ids of the processes that answer: of this one, or of those beside it. */
  pids(): readonly number[]
  /**
   * Ends when all that answer serve the store as it is now. The first model that it holds lets those beside this one
   * start: until they answer, at most half a minute, this one does.
   */
  follow(): Promise<void>
}

export interface AppOptions {
  /** Folder of the store. */
  readonly folder: string
  readonly config?: Config
  /** Whether durable work goes on in this process, where no other one is at it; it does where absent. */
  readonly worker?: boolean
  /** Whether processes beside this one answer on the port, as many as configured; where absent, this one does. */
  readonly servesBeside?: boolean
}

/** Composes the parts over one store: API, durable work, serving. */
export async function openApp(options: AppOptions): Promise<App> {
  const { folder, config = readConfig(), worker = true } = options
  const workspace = await openWorkspace({
    folder,
    migrations: allMigrations,
    databaseUrl: config.MILLRACE_DATABASE_URL,
    bucket: bucketOf(config),
    clock: systemClock,
    ids: systemIds(systemClock),
    log: openLog(config.MILLRACE_LOG),
    threads: config.MILLRACE_THREADS,
    memoryMb: config.MILLRACE_MEMORY_MB,
  })
  const pool = lateTrainingPool({ config, folder })
  const workflow = turnWorkflow(workspace, () => pool.open())
  await closeOrphanRuns(workspace)
  const webhooks = openWebhooks(workspace, {
    timeoutMs: config.MILLRACE_WEBHOOK_TIMEOUT_MS,
    allowPrivate: config.MILLRACE_WEBHOOK_ADDRESSES === 'any',
  })
  const authorise = openAccess(workspace, config)
  let doors: Doors | undefined
  const unit = await openServingUnit(workspace, { config, version, changed: async () => doors?.follow() })
  // A version that a client registered is not kept waiting for processes that start for it: this one answers until then.
  const files = servedFiles(unit, async () => doors?.follow({ waits: false }))
  const registration = registrationWorkflow(workspace, {
    openPool: () => pool.open(),
    files,
    released: async () => {
      await unit.serving.refresh()
      await doors?.follow({ waits: false })
    },
    maxBytes: config.MILLRACE_OPEN_MODELS_MB * 1_048_576,
  })
  // A model that a client registered does not wait until systems are trained.
  const orchestrator = await openOrchestrator(workspace, [workflow.turn, registration], { worker, concurrency: 4 })
  for (const system of await listSystems(workspace)) await workflow.schedule(orchestrator, system)
  const judging = judgeVersions(workspace, { orchestrator, workflow: registration, files })
  await judging.resume()
  const server = await createHttpServer({
    workspace,
    routes: [
      ...governanceRoutes,
      ...loopRoutes({ orchestrator, workflow }),
      ...deploymentRoutes,
      ...unit.routes,
      ...feedbackRoutes,
      ...trackingRoutes,
      ...registryRoutes,
      ...collectionRoutes({ undoDays: config.MILLRACE_UNDO_DAYS }),
      metricsRoute(async () => {
        const { processes = [], ended = [] } = (await doors?.counts()) ?? {}
        return { processes: [servingCounts(unit.models.host), ...processes], ended }
      }),
    ],
    protocols: [
      ...unit.protocols,
      mlflowProtocol(workspace, [
        ...trackingEndpoints,
        ...wakingWebhooks(webhooks, registryEndpoints(judging)),
        ...webhookEndpoints(webhooks),
      ]),
    ],
    streamProtocols: [
      ...(await openArtifactProtocols(workspace)),
      pageArtifactProtocol(workspace),
      versionArtifactProtocol(workspace),
    ],
    config,
    authorise,
    // Predictions are for the processes beside this one, on whatever connection they come here.
    isLast: (permission) => permission === 'prediction:make' && (doors?.areBeside() ?? false),
    version,
  })
  await server.ready()
  const compaction = keepCompacted(
    workspace,
    options.servesBeside
      ? { compact: (signal) => compactBeside({ program: programOf('compaction-process'), folder, config, signal }) }
      : {},
  )
  const collection = keepCollected(workspace, { olderThanMs: durationMs(days(config.MILLRACE_UNDO_DAYS)) })
  return {
    workspace,
    addresses: server.everyAddress,
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url)
      const body = await request.text()
      const answer = await server.inject({
        method: request.method as 'GET',
        url: pathname + search,
        headers: { ...Object.fromEntries(request.headers), host: '127.0.0.1' },
        remoteAddress: inProcess,
        ...(body === '' ? {} : { payload: body }),
      })
      return new Response(answer.rawPayload.length === 0 ? null : new Uint8Array(answer.rawPayload), {
        status: answer.statusCode,
        headers: Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      })
    },
    listen: async (at = {}) => {
      const ports = {
        host: at.host ?? config.MILLRACE_HOST,
        port: at.port ?? config.MILLRACE_PORT,
        grpcPort: at.grpcPort ?? config.MILLRACE_GRPC_PORT,
      }
      const count = options.servesBeside ? (config.MILLRACE_SERVING_PROCESSES ?? availableParallelism()) : 0
      doors =
        count > 0
          ? await openBeside(unit, {
              ...ports,
              count,
              config,
              folder,
              workspace,
              server,
              authorise,
              follow: () => followStore(unit),
            })
          : await openHere(unit, { ...ports, server, authorise })
      return doors.listening
    },
    close: async () => {
      await doors?.close()
      await server.close()
      await webhooks.close()
      await compaction.close()
      await judging.close()
      await collection.close()
      await orchestrator.stop()
      await unit.close()
      await pool.close()
      await workspace.close()
    },
  }
}

/** Model files of this process, which all others follow. */
const servedFiles = ({ models: { files } }: ServingUnit, changed: () => Promise<void>): ServedFiles => ({
  find: (name, version) => files.catalogue.find(name, String(version))?.digest,
  serve: async (name, { version: number, digest }) => {
    await files.putStored(name, { version: String(number), digest })
    await changed()
  },
  withdraw: async (name, number) => {
    await files.remove(name, String(number))
    await changed()
  },
})

/** Where requests come in, in this process or beside it. */
interface Doors {
  readonly listening: AppListening
  /** Whether processes beside this one answer. */
  areBeside(): boolean
  follow(options?: { readonly waits?: boolean }): Promise<void>
  counts(): Promise<AllCounts>
  close(): Promise<void>
}

interface Ports {
  readonly host: string
  readonly port: number
  readonly grpcPort: number | undefined
  readonly server: FastifyInstance
  readonly authorise: Authorise
}

async function openHere(unit: ServingUnit, ports: Ports): Promise<Doors> {
  const listening: ServingListening = await unit.listen(ports)
  return {
    listening: { ...listening, pids: () => [process.pid], follow: () => followStore(unit) },
    areBeside: () => false,
    follow: () => Promise.resolve(),
    counts: () => Promise.resolve({ processes: [], ended: [] }),
    close: () => listening.close(),
  }
}

async function followStore({ models, serving }: ServingUnit): Promise<void> {
  await Promise.all([models.files.follow(), serving.refresh()])
}

async function openBeside(
  unit: ServingUnit,
  options: Ports & {
    readonly count: number
    readonly config: Config
    readonly folder: string
    readonly workspace: Workspace
    /** Lets this process follow a change that one beside it made. */
    readonly follow: () => Promise<void>
  },
): Promise<Doors> {
  const { server, authorise, folder, workspace } = options
  const control = await openPrivateSocket(server.server)
  const adopted = adoptConnections(server.server)
  try {
    const processes = await openServingProcesses({
      ...options,
      program: programOf('serving-process'),
      parameters: [folder, control.path, version],
      log: workspace.log,
      register: storeRegister(workspace.database),
      standIn: ({ grpcPort, ...at }) =>
        unit.listen({ ...at, grpcPort: grpcPort ?? undefined, shared: true, server, authorise, adopted }),
      isNeeded: () => unit.hasModels(),
      take: (socket, bytes) => adopted.take(socket, bytes),
      maxResidentBytes: 2_147_483_648,
    })
    return {
      listening: processes,
      areBeside: () => processes.areThere(),
      follow: (following) => processes.follow(following),
      counts: () => processes.counts(),
      close: async () => {
        await processes.close()
        await adopted.close()
        await control.close()
      },
    }
  } catch (error) {
    await control.close()
    throw error
  }
}

/** A program of a process beside this one. */
const programOf = (name: string): URL =>
  new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
