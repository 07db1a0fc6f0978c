import type { RequestRow } from '#dataset'
import { routeOf } from '#deployment'
import type { Workspace } from '#platform'
import { currentSystem } from '#system'
import { fail } from '../failures.ts'
import { openPredictionLog } from '../prediction-log/open-prediction-log.ts'
import type { LoggedPrediction } from '../schema.ts'
import { answerRows } from './answer-rows.ts'
import { isSameRoute, openArms, type Arms } from './arms.ts'
import { openVersion } from './open-version.ts'
import { versionPool } from './version-pool.ts'

export interface PredictOptions {
  readonly system: string
  readonly rows: readonly RequestRow[]
  /** The caller's own name for the request; kept in the log. */
  readonly requestId?: string | undefined
}

/** One answer. Fields that the task does not have are null. */
export interface Prediction extends Pick<
  LoggedPrediction,
  'id' | 'versionId' | 'arm' | 'label' | 'probability' | 'probabilities' | 'value' | 'decision' | 'threshold'
> {
  /** Number of the version. */
  readonly version: number
}

export interface Predictions {
  /** In the order of the rows. */
  readonly predictions: readonly Prediction[]
  /** What is unusual about the rows, one sentence each. */
  readonly notes: readonly string[]
}

/** What answers requests in this process. */
export interface Serving {
  /**
   * Predicts; when it returns, the predictions are on the disk.
   * @throws {Failure} `system/unknownSystem`, `deployment/nothingReleased`, `serving/noRows`, `serving/tooManyRows`,
   * `dataset/unknownField`, `dataset/missingField`, `dataset/wrongFieldType`, `serving/modelFailed`, `platform/diskFull`
   */
  predict(options: PredictOptions): Promise<Predictions>
  /** Follows the routes and the histories as they are now, without waiting for the next look. */
  refresh(): Promise<void>
  /** Ids of the versions that are open. */
  openVersions(): readonly string[]
  /** Seals the log's growing segments, so that they can be compacted. */
  rotateLog(): Promise<void>
  /** Ends when the requests under way are answered. */
  close(): Promise<void>
}

export interface ServingOptions {
  /** Rows of one request, at most; 10,000 where absent. */
  readonly maxRows?: number
  /** Systems whose versions are open at the same time; the least recently asked are closed. 16 where absent. */
  readonly maxSystems?: number
  /** How often routes and histories are looked at; 500 ms where absent. */
  readonly followMs?: number
}

interface Served {
  arms: Arms
  /** Counts up with each request: the least was asked longest ago. */
  lastUse: number
}

/**
 * Opens serving: requests follow the routes of deployment. When a route changes, the new version is opened and warmed
 * aside, then takes over; the old one ends with its last request, so that no request fails for the change.
 */
export async function openServing(workspace: Workspace, options: ServingOptions = {}): Promise<Serving> {
  const { maxRows = 10_000, maxSystems = 16, followMs = 500 } = options
  const log = await openPredictionLog(workspace)
  const pool = versionPool((id) => openVersion(workspace, id))
  const systems = new Map<string, Promise<Served>>()
  let uses = 0
  let closed = false

  const retire = async (system: string): Promise<void> => {
    const served = systems.get(system)
    systems.delete(system)
    await (await served)?.arms.retire()
  }
  const begin = (system: string): Promise<Served> => {
    const opening = (async (): Promise<Served> => {
      await currentSystem(workspace, system)
      return { arms: await openArms(pool, await routeOf(workspace, system)), lastUse: ++uses }
    })()
    systems.set(system, opening)
    opening.catch(() => systems.get(system) === opening && systems.delete(system))
    return opening
  }
  const makeRoom = async (): Promise<void> => {
    if (systems.size <= maxSystems) return
    const all = await Promise.all(
      Array.from(systems, async ([system, served]) => ({
        system,
        lastUse: await served.then(
          ({ lastUse }) => lastUse,
          () => Infinity,
        ),
      })),
    )
    const oldest = all.sort((a, b) => a.lastUse - b.lastUse)[0]
    if (oldest) await retire(oldest.system)
  }
  /** Runs `work` with the versions that answer for a system now. */
  const withArms = async <T>(system: string, work: (arms: Arms) => Promise<T>): Promise<T> => {
    for (;;) {
      if (closed) throw fail('closing', `Cannot predict with '${system}': the server is closing`)
      const known = systems.get(system)
      const served = await (known ?? begin(system))
      served.lastUse = ++uses
      if (!known) await makeRoom()
      const { arms } = served
      // Closed for another system between the two lines above: it is opened again.
      if (!arms.isRetired()) return arms.use(() => work(arms))
    }
  }
  const follow = async (system: string, served: Served): Promise<void> => {
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
  const followAll = async (): Promise<void> => {
    for (const [system, opening] of systems) {
      // A route that cannot be followed leaves what serves in its place.
      await opening
        .then((served) => follow(system, served))
        .catch((error: unknown) => workspace.log.error({ err: error, system }, 'follow the route'))
    }
  }
  let following: Promise<void> = Promise.resolve()
  const refresh = (): Promise<void> => (following = following.then(followAll))
  const timer = setInterval(() => void refresh(), followMs).unref()
  return {
    predict: async ({ system, rows, requestId = null as string | null }) => {
      if (rows.length === 0) throw fail('noRows', `Cannot predict with '${system}': the request has no rows`)
      if (rows.length > maxRows)
        throw fail('tooManyRows', `Cannot predict with '${system}': ${rows.length} rows, at most ${maxRows} at once`)
      return withArms(system, async (arms) => {
        const { answers, failures, notes } = await answerRows(workspace, rows, { arms, requestId })
        await log.append(system, [...answers, ...failures])
        return { predictions: answers.map((answer) => predictionOf(answer, arms)), notes }
      })
    },
    refresh,
    openVersions: () => pool.open(),
    rotateLog: () => log.rotate(),
    close: async () => {
      closed = true
      clearInterval(timer)
      await following
      await Promise.all(Array.from(systems.keys(), (system) => retire(system).catch(() => undefined)))
      await log.close()
    },
  }
}

function predictionOf(answer: LoggedPrediction, { champion, challenger }: Arms): Prediction {
  const { id, versionId, arm, label, probability, probabilities, value, decision, threshold } = answer
  const by = arm === 'challenger' && challenger ? challenger : champion
  return {
    id,
    version: by.version.number,
    versionId,
    arm,
    label,
    probability,
    probabilities,
    value,
    decision,
    threshold,
  }
}
