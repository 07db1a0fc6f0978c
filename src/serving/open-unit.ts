import type { FastifyInstance } from 'fastify'
import type { Authorise, Config, Listening, Protocol, Route, Workspace } from '#platform'
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
}

export interface ServingListening extends Listening {
  readonly grpcPort: number | null
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
    listen: async ({ server, authorise, host, port, grpcPort, shared = false }) => {
      const door = await openServingDoor({
        host,
        port,
        shared,
        models,
        serving,
        server,
        authorise,
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
