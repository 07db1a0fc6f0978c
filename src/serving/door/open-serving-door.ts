import type { FastifyInstance } from 'fastify'
import type { Authorise, EpochMs, Ids, Log } from '#platform'
import { fastPredict } from '../live/fast-predict.ts'
import type { Serving } from '../live/open-serving.ts'
import type { Models } from '../open-models.ts'
import { fastInfer } from '../v2/fast-infer.ts'
import type { FastHandler } from './fast-connection.ts'
import { openDoor, type Door, type DoorOptions } from './open-door.ts'
import type { RequestHead } from './read-head.ts'

export interface ServingDoorOptions extends Pick<DoorOptions, 'listener' | 'adopted' | 'giveAway'> {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Whether other processes listen on the same port. */
  readonly shared?: boolean
  readonly models: Models
  readonly serving: Serving
  readonly clock: { now(): EpochMs }
  readonly ids: Ids
  readonly log: Log
  /** The complete server. */
  readonly server: FastifyInstance
  readonly authorise: Authorise
  readonly maxBodyBytes: number
  /** Time that a request may take to come whole. */
  readonly requestTimeoutMs: number
  /** Version of Millrace. */
  readonly version: string
}

/**
 * Opens the port of a serving process: what has to be quick is answered at the fast door, all else by the complete server.
 * @throws {Failure} `http/portInUse`, `http/cannotListen`
 */
export function openServingDoor(options: ServingDoorOptions): Promise<Door> {
  const { models, clock, server, authorise } = options
  const onUnexpected = (error: unknown): void => options.log.error({ err: error }, 'request')
  const quick = [
    fastPredict({ serving: options.serving, server, ids: options.ids, log: options.log }),
    fastInfer({
      inference: models.inference,
      models: models.files,
      nextId: models.nextId,
      clock,
      version: options.version,
      onUnexpected,
    }),
  ]
  const quickOf = (head: RequestHead): FastHandler | undefined => {
    for (const find of quick) {
      const handler = find(head)
      if (handler) return handler
    }
    return undefined
  }
  const handlerOf = (head: RequestHead, address: string): ReturnType<DoorOptions['handlerOf']> => {
    const handler = head.headers['origin'] === undefined ? quickOf(head) : undefined
    if (!handler) return undefined
    // Who may not, is told so by the complete server.
    const may = mayPredict(authorise, { address, headers: head.headers })
    if (may instanceof Promise) return may.then((allowed) => (allowed ? handler : undefined))
    return may ? handler : undefined
  }
  return openDoor({
    host: options.host,
    port: options.port,
    shared: options.shared ?? false,
    maxBodyBytes: options.maxBodyBytes,
    requestTimeoutMs: options.requestTimeoutMs,
    handlerOf: (head, socket) => handlerOf(head, socket.remoteAddress ?? ''),
    complete: server.server,
    listener: options.listener,
    adopted: options.adopted,
    giveAway: options.giveAway,
    onUnexpected,
  })
}

/** At once where the caller is known. */
function mayPredict(authorise: Authorise, caller: Parameters<Authorise>[0]): boolean | Promise<boolean> {
  try {
    const actor = authorise(caller, 'prediction:make')
    if (!(actor instanceof Promise)) return true
    return actor.then(
      () => true,
      () => false,
    )
  } catch {
    return false
  }
}
