import { contentHash, type EpochMs, type Workspace } from '#platform'
import type { Binning, ColumnProfile } from '../schema.ts'

type Tables = {
  quality_binnings: { digest: string; binning: string }
  quality_scope_binnings: { system: string; scope: string; place: number; digest: string }
  quality_profiles: {
    system: string
    scope: string
    column_name: string
    start_ms: number
    end_ms: number
    binning_digest: string
    statistics: string
  }
}

/** What is profiled: a system and a name such as 'input', 'prediction' or 'source:flights'. */
export interface ProfileScope {
  readonly system: string
  readonly scope: string
}

type Statistics = Omit<ColumnProfile, 'column' | 'startMs' | 'endMs' | 'binning'>

const tables = ({ database }: Pick<Workspace, 'database'>) => database.withTables<Tables>()

/** Keeps the binnings of a scope, in their order, in place of those before. */
export async function saveBinnings(
  workspace: Pick<Workspace, 'database'>,
  { system, scope, binnings }: ProfileScope & { readonly binnings: readonly Binning[] },
): Promise<void> {
  const rows = binnings.map((binning, place) => ({ system, scope, place, digest: contentHash(binning) }))
  await tables(workspace)
    .transaction()
    .execute(async (inside) => {
      await putBinnings(inside, binnings)
      await inside
        .deleteFrom('quality_scope_binnings')
        .where('system', '=', system)
        .where('scope', '=', scope)
        .execute()
      for (const some of inBatches(rows)) await inside.insertInto('quality_scope_binnings').values(some).execute()
    })
}

/** The binnings of a scope in the order in which they were kept; none where there are none. */
export async function binningsOf(
  workspace: Pick<Workspace, 'database'>,
  { system, scope }: ProfileScope,
): Promise<readonly Binning[]> {
  const rows = await tables(workspace)
    .selectFrom('quality_scope_binnings')
    .innerJoin('quality_binnings', 'quality_binnings.digest', 'quality_scope_binnings.digest')
    .select('binning')
    .where('system', '=', system)
    .where('scope', '=', scope)
    .orderBy('place')
    .execute()
  return rows.map(({ binning }) => JSON.parse(binning) as Binning)
}

/**
 * Keeps profiles, all or none. A column has one profile for each system, scope and window: a window that is profiled
 * again, for instance after late rows, takes the place of what was known before.
 */
export async function saveProfiles(
  workspace: Pick<Workspace, 'database'>,
  { system, scope, profiles }: ProfileScope & { readonly profiles: readonly ColumnProfile[] },
): Promise<void> {
  if (profiles.length === 0) return
  const digests = new Map([...new Set(profiles.map(({ binning }) => binning))].map((one) => [one, contentHash(one)]))
  const rows = profiles.map(({ column, startMs, endMs, binning, ...statistics }) => ({
    system,
    scope,
    column_name: column,
    start_ms: startMs,
    end_ms: endMs,
    binning_digest: digests.get(binning) as string,
    statistics: JSON.stringify(statistics satisfies Statistics),
  }))
  await tables(workspace)
    .transaction()
    .execute(async (inside) => {
      await putBinnings(inside, [...digests.keys()])
      for (const some of inBatches(rows))
        await inside
          .insertInto('quality_profiles')
          .values(some)
          .onConflict((conflict) =>
            conflict.columns(['system', 'scope', 'column_name', 'start_ms', 'end_ms']).doUpdateSet((row) => ({
              binning_digest: row.ref('excluded.binning_digest'),
              statistics: row.ref('excluded.statistics'),
            })),
          )
          .execute()
    })
}

/** Profiles of a scope, by column and then by time; `fromMs` and `toMs` keep the windows that lie wholly within. */
export async function profilesOf(
  workspace: Pick<Workspace, 'database'>,
  asked: ProfileScope & { readonly column?: string; readonly fromMs?: EpochMs; readonly toMs?: EpochMs },
): Promise<readonly ColumnProfile[]> {
  const { system, scope, column, fromMs, toMs } = asked
  let query = tables(workspace)
    .selectFrom('quality_profiles')
    .selectAll()
    .where('system', '=', system)
    .where('scope', '=', scope)
  if (column !== undefined) query = query.where('column_name', '=', column)
  if (fromMs !== undefined) query = query.where('start_ms', '>=', fromMs)
  if (toMs !== undefined) query = query.where('end_ms', '<=', toMs)
  const rows = await query.orderBy('column_name').orderBy('start_ms').orderBy('end_ms').execute()
  const binnings = await readBinnings(workspace, [...new Set(rows.map((row) => row.binning_digest))])
  return rows.map((row) => {
    const { type, rows: count, nulls, ...rest } = JSON.parse(row.statistics) as Statistics
    return {
      column: row.column_name,
      type,
      startMs: row.start_ms,
      endMs: row.end_ms,
      rows: count,
      nulls,
      binning: binnings.get(row.binning_digest) as Binning,
      ...rest,
    }
  })
}

type Inside = ReturnType<typeof tables>

async function putBinnings(inside: Inside, binnings: readonly Binning[]): Promise<void> {
  const rows = binnings.map((binning) => ({ digest: contentHash(binning), binning: JSON.stringify(binning) }))
  for (const some of inBatches(rows))
    await inside
      .insertInto('quality_binnings')
      .values(some)
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .execute()
}

async function readBinnings(
  workspace: Pick<Workspace, 'database'>,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Binning>> {
  const found = new Map<string, Binning>()
  for (const some of inBatches(digests)) {
    const rows = await tables(workspace)
      .selectFrom('quality_binnings')
      .selectAll()
      .where('digest', 'in', some)
      .execute()
    for (const { digest, binning } of rows) found.set(digest, JSON.parse(binning) as Binning)
  }
  return found
}

/** A statement takes only so many values. */
function inBatches<T>(items: readonly T[]): T[][] {
  const batches: T[][] = []
  for (let start = 0; start < items.length; start += batchSize) batches.push(items.slice(start, start + batchSize))
  return batches
}

const batchSize = 500
