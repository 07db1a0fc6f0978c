import { Server } from 'node:net'
import {
  bucketOf,
  createHttpServer,
  failureProblem,
  openLog,
  openWorkspace,
  readConfig,
  systemClock,
  systemIds,
} from '#platform'
import { openAccess } from '#governance'
import { allMigrations } from '#loop/migrations'
import {
  controlRegister,
  openServingUnit,
  servingCounts,
  storeRegister,
  type FromServing,
  giveConnections,
  type ServingListening,
  type ToServing,
} from '#serving'
import { isMlflowAddress } from '#tracking'

// A serving process: it answers requests on the port that it shares with others, and passes on to the control process
// what is not for it. It is started by the control process, speaks with it by messages, and ends with it.
const [folder, socketPath, version] = process.argv.slice(2) as [string, string, string]
const say = (message: FromServing): void => void process.send?.(message)
/** Ends when it was said, or nobody listens. */
const sayLast = (message: FromServing): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })

try {
  await serve()
} catch (error) {
  say({ kind: 'failed', problem: failureProblem(error) })
  process.exit(1)
}

async function serve(): Promise<void> {
  const config = readConfig()
  const workspace = await openWorkspace({
    folder,
    migrations: allMigrations,
    databaseUrl: config.MILLRACE_DATABASE_URL,
    bucket: bucketOf(config),
    connections: 2,
    clock: systemClock,
    ids: systemIds(systemClock),
    log: openLog(config.MILLRACE_LOG),
    threads: 1,
    memoryMb: 256,
  })
  const waiting = new Map<number, () => void>()
  let calls = 0
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      waiting.set(++calls, resolve)
      say({ kind: 'changed', call: calls })
    })
  const authorise = openAccess(workspace, config)
  const own = storeRegister(workspace.database)
  const listing = controlRegister(say, own)
  const unit = await openServingUnit(workspace, { config, version, changed, register: listing.register })
  const server = await createHttpServer({
    workspace,
    routes: unit.routes,
    protocols: unit.protocols,
    config,
    authorise,
    behind: socketPath,
    // A file that comes or goes is a matter of its size: reading, keeping and trying it would hold up answers.
    isBehind: (path) => path.startsWith('/v2/repository/models/'),
  })
  await server.ready()
  await unit.warm()
  const given = giveConnections({
    isTheirs: isMlflowAddress,
    send: (message, socket) => process.connected && process.send?.(message, socket) !== undefined,
  })
  let listening: ServingListening | undefined
  let closing: Promise<void> | undefined
  const close = (drainMs = 0): Promise<void> =>
    (closing ??= (async () => {
      // A caller that never ends its request must not keep the process.
      setTimeout(() => process.exit(1), drainMs + 20_000).unref()
      await listening?.close({ drainMs })
      const counts = servingCounts(unit.models.host)
      await sayLast({ kind: 'counted', call: 0, counts })
      await server.close()
      await unit.close()
      await workspace.close()
      process.exit(0)
    })())
  const answer: {
    [Kind in ToServing['kind']]: (message: Extract<ToServing, { kind: Kind }>, handle: unknown) => Promise<void> | void
  } = {
    listen: async ({ host, port, grpcPort }, listener) => {
      listening = await unit.listen({
        server,
        host,
        port,
        authorise,
        grpcPort: grpcPort ?? undefined,
        shared: true,
        listener: listener instanceof Server ? listener : undefined,
        giveAway: (socket, bytes) => given.give(socket, bytes),
      })
      say({ kind: 'listening', host: listening.host, port: listening.port, grpcPort: listening.grpcPort })
    },
    follow: async ({ call }) => {
      await Promise.all([unit.models.files.follow(), unit.serving.refresh()]).catch((error: unknown) =>
        workspace.log.error({ err: error }, 'follow'),
      )
      say({ kind: 'followed', call })
    },
    allFollowed: ({ call }) => {
      waiting.get(call)?.()
      waiting.delete(call)
    },
    connectionTaken: () => given.taken(),
    partListed: ({ call, problem }) => listing.listed(call, problem),
    count: ({ call }) => say({ kind: 'counted', call, counts: servingCounts(unit.models.host) }),
    close: ({ drainMs }) => close(drainMs),
  }
  process.on('message', (message: ToServing, handle: unknown) => {
    void (async () => answer[message.kind](message as never, handle))().catch((error: unknown) => {
      say({ kind: 'failed', problem: failureProblem(error) })
      process.exit(1)
    })
  })
  process.on('disconnect', () => {
    listing.listAlone()
    given.end()
    void close()
  })
  // Ctrl-C in a terminal reaches every process: the control process says when to end.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => undefined)
  say({ kind: 'ready' })
}
