import type { Lake } from '#platform'

/** A connection that stays open until it is closed. */
export interface HeldSession {
  readonly lake: Lake
  close(): void
}

/** Opens a connection of its own and keeps it, so that requests do not wait behind long queries of others. */
export function holdSession(lake: Lake): Promise<HeldSession> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  return new Promise((resolve, reject) => {
    lake
      .session(async (session) => {
        resolve({ lake: session, close })
        await closed
      })
      .catch(reject)
  })
}
