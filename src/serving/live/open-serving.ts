import type { RequestRow } from '#dataset'
import type { Signature } from '#model'
import type { Table, Workspace } from '#platform'
import { listSystems } from '#system'
import { fail } from '../failures.ts'
import type { ModelHost } from '../engine/model-host.ts'
import { predictionIds } from '../engine/prediction-ids.ts'
import { openPredictionLog, type PredictionLog } from '../prediction-log/open-prediction-log.ts'
import type { LoggedPrediction } from '../schema.ts'
import type { ScoredTable } from '../score-table.ts'
import { answerRows } from './answer-rows.ts'
import type { Arms } from './arms.ts'
import { explainAnswers, type PredictionExplanation } from './explain-answers.ts'
import { inferTable } from './infer-table.ts'
import { servedSystems } from './served-systems.ts'
import { keptPredictions } from './serving-policy.ts'

export interface PredictOptions {
  readonly system: string
  readonly rows: readonly RequestRow[]
  /** The caller's own name for the request; kept in the log. */
  readonly requestId?: string | undefined
  /** Says of each prediction what each input contributed to it. */
  readonly explain?: boolean | undefined
}

/** One answer. Fields that the task does not have are null. */
export interface Prediction extends Pick<
  LoggedPrediction,
  'id' | 'versionId' | 'arm' | 'label' | 'probability' | 'probabilities' | 'value' | 'decision' | 'threshold'
> {
  /** Number of the version. */
  readonly version: number
  /** Where it was asked for. */
  readonly explanation?: PredictionExplanation | undefined
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
   * Predicts; when it returns, the predictions are in the log: those that the system file keeps, without what it
   * withholds. A change of it counts from the next look at the routes on.
   * @throws {Failure} `system/unknownSystem`, `deployment/nothingReleased`, `serving/noRows`, `serving/tooManyRows`,
   * `dataset/unknownField`, `dataset/missingField`, `dataset/wrongFieldType`, `serving/modelFailed`, `serving/overloaded`,
   * `serving/deadlineExceeded`, `platform/diskFull`;
   * where it is to explain also `model/noExplanation` or `model/unexplainable`, and then nothing is answered or kept
   */
  predict(options: PredictOptions): Promise<Predictions>
  /**
   * Answers rows of model inputs, which a caller gives itself; when it returns, the predictions are kept.
   * @throws {Failure} `system/unknownSystem`, `deployment/nothingReleased`, `serving/noRows`, `serving/tooManyRows`,
   * `serving/unknownModel` for a version that does not serve
   */
  infer(options: InferOptions): Promise<Inferred>
  /** Opens what answers for each system now, so that no request waits for it. */
  warm(): Promise<void>
  /** Follows the routes and the histories as they are now, without waiting for the next look. */
  refresh(): Promise<void>
  /** Ids of the versions that are open. */
  openVersions(): readonly string[]
  /** Seals the log's growing segments, so that they can be compacted. */
  rotateLog(): Promise<void>
  /** Ends when the requests under way are answered. */
  close(): Promise<void>
}

export interface InferOptions {
  readonly system: string
  /** Number of the version that is to answer; as the release says where null. */
  readonly version: number | null
  readonly requestId: string | null
  /** Milliseconds of `performance.now()` after which nobody waits; Infinity where that is never. */
  readonly deadlineMs: number
  /** The rows, read by the signature of the champion. */
  readonly tableOf: (signature: Signature) => Table
}

/** What one version answered. */
export interface Inferred {
  readonly version: number
  readonly scored: ScoredTable
  /** Names the first row in the log. */
  readonly predictionId: string
}

export interface ServingOptions {
  /** Rows of one request, at most; 10,000 where absent. */
  readonly maxRows?: number
  /** Systems whose versions are open at the same time; the least recently asked are closed. 16 where absent. */
  readonly maxSystems?: number
  /** How often routes and histories are looked at; 500 ms where absent. */
  readonly followMs?: number
  /** Where predictions are kept; a log of its own where absent. */
  readonly log?: PredictionLog
  /** Where models run; in this thread, each request alone, where absent. */
  readonly host?: ModelHost
}

/**
 * Opens serving: requests follow the routes of deployment. When a route changes, the new version is opened and warmed
 * aside, then takes over; the old one ends with its last request, so that no request fails for the change.
 */
export async function openServing(workspace: Workspace, options: ServingOptions = {}): Promise<Serving> {
  const { maxRows = 10_000, maxSystems = 16, followMs = 500 } = options
  const log = options.log ?? (await openPredictionLog(workspace))
  const systems = servedSystems(workspace, { maxSystems, host: options.host })
  const nextId = predictionIds(workspace.ids, workspace.clock)
  let following: Promise<void> = Promise.resolve()
  const refresh = (): Promise<void> => (following = following.then(() => systems.follow()))
  const timer = setInterval(() => void refresh(), followMs).unref()
  return {
    predict: async ({ system, rows, requestId = null as string | null, explain = false }) => {
      checkRowCount(system, rows.length, maxRows)
      return systems.withArms(system, async (arms) => {
        const { answers, failures, error, notes } = await answerRows(workspace, rows, { arms, requestId, nextId })
        const explanations = explain ? await explainAnswers(answers, arms) : []
        await log.append(system, [...keptPredictions(answers, arms.champion.policy()), ...failures])
        if (error) throw error
        const predictions = answers.map((answer, row) => predictionOf(answer, arms, explanations[row]))
        return { predictions, notes }
      })
    },
    infer: ({ system, version, requestId, deadlineMs, tableOf }) =>
      systems.withArms(system, async (arms) => {
        const table = tableOf(arms.champion.version.signature)
        checkRowCount(system, table.rowCount, maxRows)
        const inferred = await inferTable(workspace, {
          arms,
          table,
          requestId,
          number: version,
          deadlineMs,
          nextId,
        })
        const { version: by, scored, id, answers, failures } = inferred
        await log.append(system, [...keptPredictions(answers, arms.champion.policy()), ...failures])
        return { version: by.version.number, scored, predictionId: id }
      }),
    warm: async () => systems.warm((await listSystems(workspace)).map(({ system }) => system)),
    refresh,
    openVersions: () => systems.openVersions(),
    rotateLog: () => log.rotate(),
    close: async () => {
      clearInterval(timer)
      await following
      await systems.close()
      if (!options.log) await log.close()
    },
  }
}

function checkRowCount(system: string, rows: number, maxRows: number): void {
  if (rows === 0) throw fail('noRows', `Cannot predict with '${system}': the request has no rows`)
  if (rows > maxRows)
    throw fail('tooManyRows', `Cannot predict with '${system}': ${rows} rows, at most ${maxRows} at once`)
}

// oxlint-disable-next-line max-params -- a hot function
function predictionOf(
  answer: LoggedPrediction,
  { champion, challenger }: Arms,
  explanation: PredictionExplanation | undefined,
): Prediction {
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
    explanation,
  }
}
