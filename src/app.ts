import { routes as deploymentRoutes } from '#deployment'
import { routes as feedbackRoutes } from '#feedback'
import { allMigrations, loopRoutes, turnWorkflow } from '#loop'
import { openOrchestrator } from '#orchestration'
import {
  createHttpServer,
  listen,
  loopbackOnly,
  openLog,
  openWorkspace,
  readConfig,
  systemClock,
  systemIds,
  type Config,
  type Listening,
  type Workspace,
} from '#platform'
import { openServing, servingRoutes } from '#serving'
import { listSystems } from '#system'
import { closeOrphanRuns } from '#tracking'
import { openTrainingPool } from '#training'

/** A whole Millrace in this process. */
export interface App {
  readonly workspace: Workspace
  /** Answers a request of the API without a socket. */
  fetch(request: Request): Promise<Response>
  /** Opens the door. @throws {Failure} `http/portInUse`, `http/cannotListen` */
  listen(at?: { readonly host?: string; readonly port?: number }): Promise<Listening>
  /** Answers what is under way, lets steps finish, and closes everything. */
  close(): Promise<void>
}

export interface AppOptions {
  /** Folder of the store. */
  readonly folder: string
  readonly config?: Config
  /** Whether durable work goes on in this process, where no other one is at it; it does where absent. */
  readonly worker?: boolean
}

/** Composes the parts over one store: API, durable work, serving. */
export async function openApp({ folder, config = readConfig(), worker = true }: AppOptions): Promise<App> {
  const workspace = await openWorkspace({
    folder,
    migrations: allMigrations,
    clock: systemClock,
    ids: systemIds(systemClock),
    log: openLog(config.MILLRACE_LOG),
    threads: config.MILLRACE_THREADS,
    memoryMb: config.MILLRACE_MEMORY_MB,
  })
  const pool = openTrainingPool(config.MILLRACE_THREADS === undefined ? {} : { threads: config.MILLRACE_THREADS })
  const workflow = turnWorkflow(workspace, pool)
  await closeOrphanRuns(workspace)
  const orchestrator = await openOrchestrator(workspace, [workflow.turn], { worker })
  for (const system of await listSystems(workspace)) await workflow.schedule(orchestrator, system)
  const serving = await openServing(workspace)
  const server = await createHttpServer({
    workspace,
    routes: [
      ...loopRoutes({ orchestrator, workflow }),
      ...deploymentRoutes,
      ...servingRoutes(serving),
      ...feedbackRoutes,
    ],
    config,
    authorise: loopbackOnly,
  })
  await server.ready()
  return {
    workspace,
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url)
      const body = await request.text()
      const answer = await server.inject({
        method: request.method as 'GET',
        url: pathname + search,
        headers: { ...Object.fromEntries(request.headers), host: '127.0.0.1' },
        ...(body === '' ? {} : { payload: body }),
      })
      return new Response(answer.rawPayload.length === 0 ? null : new Uint8Array(answer.rawPayload), {
        status: answer.statusCode,
        headers: Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      })
    },
    listen: (at) => listen(server, { host: at?.host ?? config.MILLRACE_HOST, port: at?.port ?? config.MILLRACE_PORT }),
    close: async () => {
      await server.close()
      await serving.close()
      await orchestrator.stop()
      await pool.close()
      await workspace.close()
    },
  }
}
