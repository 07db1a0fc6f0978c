import type { Server } from 'node:net'
import type { Log } from '#platform'
import type { ProcessPorts } from './serving-process.ts'

/** The control process, where it answers on the ports of the serving processes. */
export interface StandIn extends ProcessPorts {
  /** What listens on the first port. */
  readonly listener: Server
  /** @param options.drainMs how long connections may bring another request, which is told to be their last; 0 where absent */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

/** The place of the control process at the ports: it is taken while there are too few serving processes. */
export interface StandInPlace {
  /** Takes it, where it is not taken. @throws {Failure} `http/portInUse`, `http/cannotListen` */
  take(at: ProcessPorts): Promise<ProcessPorts>
  /**
   * What listens there, once for each time that the place was taken: the process that gets it goes on with it, so that
   * callers that wait there are not lost.
   */
  listenerToGive(): Promise<Server | undefined>
  /** Leaves it to the serving processes, as far as connections that it has allow. */
  leave(drainMs: number): Promise<void>
  close(): Promise<void>
}

/** @param open opens the ports in this process; where absent, it never stands in */
export function standInPlace(
  open: ((at: ProcessPorts) => Promise<StandIn>) | undefined,
  log: Log,
): StandInPlace | undefined {
  if (!open) return undefined
  let standing: Promise<StandIn> | undefined
  let given: Server | undefined
  const leaving = new Set<StandIn>()
  const current = (): Promise<StandIn | undefined> => standing?.catch(() => undefined) ?? Promise.resolve(undefined)
  const leave = async (drainMs: number): Promise<void> => {
    const done = current()
    standing = undefined
    const last = await done
    if (!last) return
    leaving.add(last)
    await last.close({ drainMs }).catch((error: unknown) => log.error({ err: error }, 'leave the ports'))
    leaving.delete(last)
  }
  return {
    take: (at) => (standing ??= open(at)),
    listenerToGive: async () => {
      const listener = (await current())?.listener
      if (listener === given) return undefined
      given = listener
      return listener
    },
    leave,
    close: async () => {
      await Promise.all([leave(0), ...Array.from(leaving, (one) => one.close())])
    },
  }
}
