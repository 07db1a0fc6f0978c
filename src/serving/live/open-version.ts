import { openRequestPlan, type RequestRow } from '#dataset'
import { checkGraph, openStoredModel, readSignature, type Explanation, type Field, type Model } from '#model'
import { numberColumn, stringColumn, type Digest, type StringColumn, type Table, type Workspace } from '#platform'
import { modelVersion, type ModelVersion } from '#registry'
import { currentSystem, systemVersions, type Cost } from '#system'
import { entityFields } from '../answer-form.ts'
import { hostedModel } from '../engine/hosted-model.ts'
import type { ModelHost } from '../engine/model-host.ts'
import { entityKeys } from '../entity-key.ts'
import { scoreTable, type ScoredTable } from '../score-table.ts'
import { datasetOfVersion } from './dataset-of-version.ts'
import { servingPolicies, type ServingPolicy } from './serving-policy.ts'
import { versionExplainer } from './version-explainer.ts'

/** Rows of a request, ready to be scored. */
export interface PreparedRequest {
  readonly table: Table
  /** The entity of each row; null for a system without one. */
  readonly keys: StringColumn | null
  readonly notes: readonly string[]
}

/** A version that is open and warm. */
export interface OpenVersion {
  readonly version: ModelVersion
  /** @throws {Failure} of the request itself: `dataset/unknownField`, `missingField`, `wrongFieldType` … */
  prepare(rows: readonly RequestRow[]): Promise<PreparedRequest>
  /**
   * Scores prepared rows.
   * @param deadlineMs milliseconds of `performance.now()` after which nobody waits for them
   * @throws {Failure} `serving/overloaded`, `serving/deadlineExceeded`
   */
  score(table: Table, deadlineMs?: number): Promise<ScoredTable>
  /** @throws {Failure} `model/noExplanation` or `model/unexplainable`, for a version that has no contributions */
  explain(table: Table): Promise<Explanation>
  /** What the system file says of serving, as it was when last looked at. */
  policy(): ServingPolicy
  /** Takes the histories of a newer dataset, where there is one, and what the system file says of serving now. */
  refresh(): Promise<void>
  release(): Promise<void>
}

/**
 * Opens a version: its model, what makes inputs of requests, and the costs that turn scores into decisions. It is warm
 * when it returns: it has scored a row.
 * @param host where its models run; in this thread, each request alone, where absent
 * @throws {Failure} `registry/unknownVersion`, `platform/missingBlob`, `model/unreadable`, `serving/noDataset`
 */
export async function openVersion(workspace: Workspace, id: string, host: ModelHost | undefined): Promise<OpenVersion> {
  const version = await modelVersion(workspace, id)
  const cost = await costOf(workspace, version)
  let dataset = await datasetOfVersion(workspace, version)
  const readPolicy = servingPolicies(workspace, version)
  let policy = await readPolicy()
  const maxQueueDelayMs = (): number | undefined => policy.maxQueueDelayMs
  const open = host && ((digest: Digest) => openHosted(workspace, host, { version, digest, maxQueueDelayMs }))
  const model = await openStoredModel(workspace, version, { open })
  try {
    const plan = await openRequestPlan(workspace, dataset)
    const explainer = versionExplainer(workspace, version)
    await model.predict(emptyRow(model))
    const entity = entityFields(dataset)
    return {
      version,
      prepare: async (rows) => {
        const { table, notes } = await plan.prepare(rows)
        return { table, notes, keys: keysOf(table, entity) }
      },
      score: (table, deadlineMs) => scoreTable(model, table, { threshold: version.threshold, cost, deadlineMs }),
      explain: (table) => explainer.explain(table),
      policy: () => policy,
      refresh: async () => {
        policy = await readPolicy()
        const newest = await datasetOfVersion(workspace, version)
        if (newest.id === dataset.id) return
        await plan.refresh(newest)
        dataset = newest
      },
      release: async () => {
        plan.close()
        await explainer.release()
        await model.release()
      },
    }
  } catch (error) {
    await model.release()
    throw error
  }
}

/** Opens a file of a version in the host; it runs beside all other models of the process. */
async function openHosted(
  workspace: Workspace,
  host: ModelHost,
  of: {
    readonly version: ModelVersion
    readonly digest: Digest
    readonly maxQueueDelayMs: () => number | undefined
  },
): Promise<Model> {
  const { version, digest, maxQueueDelayMs } = of
  const bytes = await workspace.blobs.read(digest)
  const signature = readSignature(bytes)
  const file = {
    key: `${version.id}@${digest}`,
    path: workspace.blobs.pathOf(digest),
    sizeBytes: bytes.length,
    model: version.system,
    version: String(version.number),
    maxQueueDelayMs,
  }
  checkGraph(await host.open(file), signature)
  return hostedModel(host, file, signature)
}

/** The costs of the system file that the version was made by. */
async function costOf(workspace: Workspace, { system, lineage }: ModelVersion): Promise<Cost | undefined> {
  const versions = await systemVersions(workspace, system)
  const made = versions.find(({ hash }) => hash === lineage.systemHash) ?? (await currentSystem(workspace, system))
  return made.spec.framing.cost
}

function keysOf(table: Table, entity: readonly Field[]): StringColumn | null {
  return entity.length === 0 ? null : entityKeys(table, entity)
}

/** One row without a single value. */
function emptyRow({ signature }: Model): Table {
  const columns = signature.inputs.map(
    ({ name, type }) =>
      [name, type === 'categorical' || type === 'text' ? stringColumn([null]) : numberColumn([null])] as const,
  )
  return { rowCount: 1, columns: Object.fromEntries(columns) }
}
