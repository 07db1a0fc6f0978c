import { routeOf } from '#deployment'
import type { Workspace } from '#platform'
import { currentSystem } from '#system'
import { fail } from '../failures.ts'
import type { ModelHost } from '../engine/model-host.ts'
import { isSameRoute, openArms, type Arms } from './arms.ts'
import { versionPool } from './version-pool.ts'

/** The systems whose versions are open in this process. */
export interface ServedSystems {
  /** Runs `work` with the versions that answer for a system now; they stay open until it ends. */
  withArms<T>(system: string, work: (arms: Arms) => Promise<T>): Promise<T>
  /** Opens the versions that answer for these systems, as many as may be open: the first request finds them so. */
  warm(names: readonly string[]): Promise<void>
  /** Follows the routes and histories of all systems as they are now. */
  follow(): Promise<void>
  /** Ids of the versions that are open. */
  openVersions(): readonly string[]
  /** Ends when the work under way has ended. */
  close(): Promise<void>
}

interface Served {
  arms: Arms
  /** Counts up with each request: the least was asked longest ago. */
  lastUse: number
}

/**
 * @param options.maxSystems systems that are open at the same time; the least recently asked are closed
 * @param options.host where their models run
 */
export function servedSystems(
  workspace: Workspace,
  { maxSystems, host }: { readonly maxSystems: number; readonly host: ModelHost | undefined },
): ServedSystems {
  const pool = versionPool(async (id) => {
    // Loaded with the first version to answer: a server starts without what prepares and scores requests.
    const { openVersion } = await import('./open-version.ts')
    return openVersion(workspace, id, host)
  })
  const systems = new Map<string, Promise<Served>>()
  let uses = 0
  let closed = false

  const begin = (system: string): Promise<Served> => {
    const opening = (async (): Promise<Served> => {
      await currentSystem(workspace, system)
      return { arms: await openArms(pool, await routeOf(workspace, system)), lastUse: ++uses }
    })()
    systems.set(system, opening)
    opening.catch(() => systems.get(system) === opening && systems.delete(system))
    return opening
  }
  const retire = async (system: string): Promise<void> => {
    const served = systems.get(system)
    systems.delete(system)
    await (await served)?.arms.retire()
  }
  const makeRoom = async (): Promise<void> => {
    if (systems.size <= maxSystems) return
    const oldest = await leastRecent(systems)
    if (oldest !== undefined) await retire(oldest)
  }
  const followOne = async (system: string, served: Served): Promise<void> => {
    const route = await routeOf(workspace, system)
    const { arms } = served
    if (isSameRoute(route, arms.route)) {
      await arms.use(async () => {
        await arms.champion.refresh()
        await arms.challenger?.refresh()
      })
      return
    }
    served.arms = await openArms(pool, route)
    await arms.retire()
  }
  return {
    withArms: async (system, work) => {
      for (;;) {
        if (closed) throw fail('closing', `Cannot predict with '${system}': the server is closing`)
        const known = systems.get(system)
        const served = await (known ?? begin(system))
        served.lastUse = ++uses
        if (!known) await makeRoom()
        const { arms } = served
        // Closed to make room between the lines above: it is opened again.
        if (!arms.isRetired()) return arms.use(() => work(arms))
      }
    },
    warm: async (names) => {
      for (const system of names) {
        if (closed || systems.size >= maxSystems) return
        // One that has released nothing yet has nothing to open; whoever asks for any other one is told what is wrong.
        await (systems.get(system) ?? begin(system)).catch(() => undefined)
      }
    },
    follow: async () => {
      for (const [system, opening] of systems) {
        // A route that cannot be followed leaves what serves in its place.
        await opening
          .then((served) => followOne(system, served))
          .catch((error: unknown) => workspace.log.error({ err: error, system }, 'follow the route'))
      }
    },
    openVersions: () => pool.open(),
    close: async () => {
      closed = true
      await Promise.all(Array.from(systems.keys(), (system) => retire(system).catch(() => undefined)))
    },
  }
}

/** The system that was asked longest ago; one that is being opened counts as just asked. */
async function leastRecent(systems: ReadonlyMap<string, Promise<Served>>): Promise<string | undefined> {
  const all = await Promise.all(
    Array.from(systems, async ([system, served]) => ({
      system,
      lastUse: await served.then(
        ({ lastUse }) => lastUse,
        () => Infinity,
      ),
    })),
  )
  return all.sort((a, b) => a.lastUse - b.lastUse)[0]?.system
}
