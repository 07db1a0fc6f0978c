import {
  ServerInterceptingCall,
  ServerListenerBuilder,
  type Metadata,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js'
import type { Authorise, Caller } from '#platform'
import { statusOf } from './status-of.ts'

/**
 * Asks whether a caller may make a call before its message is read, and ends the call where it may not.
 * @param permissionOf the permission that the call at a path needs
 */
export function askPermission(permissionOf: (path: string) => string, authorise: Authorise): ServerInterceptor {
  return ({ path }, call) => {
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        // An async function, so that what `authorise` throws at once ends the call too.
        const ask = async () => authorise(callerOf(call, metadata), permissionOf(path))
        ask().then(
          () => next(metadata),
          (error: unknown) => call.sendStatus(statusOf(error)),
        )
      })
      .build()
    return new ServerInterceptingCall(call, { start: (next) => next(listener) })
  }
}

function callerOf(call: ServerInterceptingCallInterface, metadata: Metadata): Caller {
  const headers = Object.fromEntries(Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)]))
  return { address: call.getConnectionInfo().remoteAddress ?? '', headers: { ...headers, host: call.getHost() } }
}
