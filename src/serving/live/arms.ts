import type { TrafficRoute } from '#deployment'
import type { OpenVersion } from './open-version.ts'
import type { VersionPool } from './version-pool.ts'

/** The versions that answer for a system between two changes of its route. */
export interface Arms {
  readonly route: TrafficRoute
  readonly champion: OpenVersion
  /** Null without a release, or when the challenger could not be opened. */
  readonly challenger: OpenVersion | null
  /** Why the challenger could not be opened, where it could not. */
  readonly challengerError: unknown
  isRetired(): boolean
  /** Runs `work` with the versions kept open until it ends; not to be called once retired. */
  use<T>(work: () => Promise<T>): Promise<T>
  /** Closes the versions once the last work that uses them has ended. */
  retire(): Promise<void>
}

/**
 * Opens the versions of a route. A challenger that cannot be opened does not keep the champion from answering.
 * @throws {Failure} of the champion
 */
export async function openArms(pool: VersionPool, route: TrafficRoute): Promise<Arms> {
  const { championVersionId } = route.endpoint
  const challengerId = route.release?.versionId ?? null
  const champion = await pool.acquire(championVersionId)
  let challenger: OpenVersion | null = null
  let challengerError: unknown
  try {
    if (challengerId !== null) challenger = await pool.acquire(challengerId)
  } catch (error) {
    challengerError = error
  }
  let users = 0
  let retired = false
  const idle = Promise.withResolvers<void>()
  const close = async (): Promise<void> => {
    await pool.release(championVersionId)
    if (challenger && challengerId !== null) await pool.release(challengerId)
  }
  return {
    route,
    champion,
    challenger,
    challengerError,
    isRetired: () => retired,
    use: async (work) => {
      users++
      try {
        return await work()
      } finally {
        users--
        if (retired && users === 0) idle.resolve()
      }
    },
    retire: async () => {
      retired = true
      if (users > 0) await idle.promise
      await close()
    },
  }
}

/** Whether two routes send every request to the same version. */
export function isSameRoute(one: TrafficRoute, other: TrafficRoute): boolean {
  return (
    one.endpoint.championVersionId === other.endpoint.championVersionId &&
    one.release?.id === other.release?.id &&
    one.release?.share === other.release?.share
  )
}
