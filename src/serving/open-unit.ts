import type { Server, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { endpointOf } from '#deployment'
import type { AdoptedConnections, Authorise, Config, Listening, Protocol, Route, Workspace } from '#platform'
import { listSystems } from '#system'
import { openServingDoor } from './door/open-serving-door.ts'
import type { GrpcListening } from './grpc/listen-grpc.ts'
import type { Serving } from './live/open-serving.ts'
import { servingRoutes } from './live/routes.ts'
import { mlflowProtocol } from './mlflow/mlflow-protocol.ts'
import { openModels, type Models } from './open-models.ts'
import { storeRegister, type PartRegister } from './prediction-log/part-register.ts'
import { openPredictionLog } from './prediction-log/open-prediction-log.ts'
import { v2Protocol } from './v2/v2-protocol.ts'

/** All that answers requests in one process: systems and model files, by every protocol, over one prediction log. */
export interface ServingUnit {
  readonly serving: Serving
  readonly models: Models
  /** For the complete server. */
  readonly routes: readonly Route[]
  readonly protocols: readonly Protocol[]
  /** Opens what serves before anybody asks for it, as much as some seconds allow. */
  warm(): Promise<void>
  /** Whether there is a model that answers: a file that is loaded, or a version of a system that was released. */
  hasModels(): Promise<boolean>
  /**
   * Opens the ports.
   * @throws {Failure} `http/portInUse`, `http/cannotListen`
   */
  listen(at: ServingPorts): Promise<ServingListening>
  close(): Promise<void>
}

export interface ServingPorts {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** No gRPC where absent. */
  readonly grpcPort?: number | undefined
  /** Whether other processes listen on the same ports. */
  readonly shared?: boolean
  readonly server: FastifyInstance
  readonly authorise: Authorise
  /** What listens on the port already, in another process. */
  readonly listener?: Server | undefined
  /** What takes connections for the server, and outlives the port; where absent, they end with the port. */
  readonly adopted?: AdoptedConnections | undefined
  /** Gives a connection to another process, of which these bytes were read; false where the server is to take it. */
  readonly giveAway?: ((socket: Socket, bytes: Buffer) => boolean) | undefined
}

export interface ServingListening extends Listening {
  readonly grpcPort: number | null
  /** What listens on the first port. */
  readonly listener: Server
  /**
   * Answers what is under way, then closes the ports.
   * @param options.drainMs how long connections may bring another request, which is told to be their last; 0 where absent
   */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

export interface ServingUnitOptions {
  readonly config: Config
  /** Of Millrace. */
  readonly version: string
  /** Lets every other process of the server follow a change of the repository. */
  readonly changed?: () => Promise<void>
  /** Lists the files of the prediction log; the store itself where absent. */
  readonly register?: PartRegister
}

/** Opens all that answers requests in this process. */
export async function openServingUnit(workspace: Workspace, options: ServingUnitOptions): Promise<ServingUnit> {
  const { config, version } = options
  const log = await openPredictionLog(workspace, {
    syncMs: config.MILLRACE_LOG_SYNC_MS,
    register: options.register ?? storeRegister(workspace.database),
  })
  const models = await openModels(workspace, {
    log,
    keepsModelFiles: config.MILLRACE_LOG_MODEL_FILES === 'on',
    maxModels: config.MILLRACE_OPEN_MODELS,
    maxBytes: config.MILLRACE_OPEN_MODELS_MB * 1_048_576,
    maxWaitingRows: config.MILLRACE_QUEUE_ROWS,
    maxQueueDelayMs: config.MILLRACE_QUEUE_DELAY_MS,
    changed: options.changed,
  })
  const { inference, serving } = models
  const maxBytes = config.MILLRACE_BODY_LIMIT_MB * 1_048_576
  const onUnexpected = (error: unknown): void => workspace.log.error({ err: error }, 'request')
  const spoken = { inference, version, onUnexpected }
  return {
    serving,
    models,
    routes: servingRoutes(serving),
    protocols: [v2Protocol(spoken), mlflowProtocol(spoken)],
    warm: async () => {
      const untilMs = performance.now() + warmMs
      await Promise.race([
        Promise.all([models.files.warm(untilMs), serving.warm()]),
        new Promise((resolve) => setTimeout(resolve, warmMs).unref()),
      ])
    },
    hasModels: async () => {
      if (models.files.catalogue.list().some(({ isLoaded }) => isLoaded)) return true
      for (const { system } of await listSystems(workspace)) if (await endpointOf(workspace, system)) return true
      return false
    },
    listen: async ({ grpcPort, ...at }) => {
      const { authorise, host, shared = false } = at
      const door = await openServingDoor({
        ...at,
        models,
        serving,
        version,
        clock: workspace.clock,
        ids: workspace.ids,
        log: workspace.log,
        maxBodyBytes: maxBytes,
        requestTimeoutMs: config.MILLRACE_REQUEST_TIMEOUT_MS,
      })
      const openGrpc = async (port: number): Promise<GrpcListening> => {
        // Loaded only where it is spoken.
        const { listenGrpc } = await import('./grpc/listen-grpc.ts')
        const of = { inference, maxBytes, version, authorise, log: workspace.log }
        return listenGrpc({ ...of, host, port, sharedPort: shared })
      }
      const grpc =
        grpcPort === undefined
          ? null
          : await openGrpc(grpcPort).catch(async (error: unknown) => {
              await door.close()
              throw error
            })
      return {
        host: door.host,
        port: door.port,
        url: `http://${door.host.includes(':') ? `[${door.host}]` : door.host}:${door.port}`,
        grpcPort: grpc?.port ?? null,
        listener: door.listener,
        close: async (closing) => {
          await Promise.all([door.close(closing), grpc?.close()])
        },
      }
    },
    close: async () => {
      await models.close()
      await log.close()
    },
  }
}

/** A process that is to answer is not kept waiting for longer. */
const warmMs = 5000
