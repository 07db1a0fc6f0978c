import { isMoment } from '#ingress'
import { durationMs, isFailure, messageOf, quoteName, type Lake, type Workspace } from '#platform'
import type { CheckSpec } from '#system'
import { checkName } from './check-name.ts'
import { countDuplicates } from './count-duplicates.ts'
import { fail } from './failures.ts'
import { isRowCheck, missingColumn, rowCondition, type ColumnTypes } from './row-condition.ts'
import type { CheckResult } from './schema.ts'

export interface CheckOptions {
  /** SQL of the rows, to stand in FROM. */
  readonly relation: string
  readonly checks: readonly CheckSpec[]
  readonly nowMs: number
  /** The time column, for `fresh` without a column. */
  readonly time?: string | undefined
}

/**
 * Asks all checks of a relation: those on rows, its size and its freshness in ONE pass, each uniqueness in a pass of its
 * own, and one look for the first rows that break a check, where any do.
 *
 * A check passes when the share of rows that break it is at most 1 − `mostly`. One that cannot be asked, since a column
 * is gone or of another type, fails with its `problem`. Moments later than now do not make data fresh.
 *
 * @throws {Failure} `quality/badCheck` for SQL or a pattern that cannot be read
 */
export async function runChecks(workspace: Workspace, options: CheckOptions): Promise<readonly CheckResult[]> {
  const { relation, checks } = options
  if (checks.length === 0) return []
  return workspace.lake.session(async (lake) => {
    const columns: ColumnTypes = new Map(
      (await lake.describe(`select * from ${relation}`)).map(({ name, type }) => [name, type]),
    )
    const plans = checks.map((check) => planOf(check, { columns, options }))
    const answers = await askAll(lake, { relation, plans })
    const results: CheckResult[] = []
    for (const plan of plans) results.push(await resultOf(plan, { lake, options, answers }))
    return results
  })
}

/** What a check asks in the common pass. */
interface Plan {
  readonly check: CheckSpec
  readonly problem: string | null
  /** SQL aggregates by what they tell: `rows`, `failed`, and what is observed. */
  readonly asks: Readonly<Record<string, string>>
  /** SQL: whether a row breaks the check; null when rows do not. */
  readonly isBroken: string | null
}

type Answers = ReadonlyMap<string, number | string | null>

function planOf(check: CheckSpec, { columns, options }: { columns: ColumnTypes; options: CheckOptions }): Plan {
  const inScope = check.where === undefined ? null : `coalesce((${check.where}), false)`
  const rows = inScope === null ? 'count(*)' : `count_if(${inScope})`
  const plan: Plan = { check, problem: null, asks: { rows }, isBroken: null }
  if (isRowCheck(check)) {
    const condition = rowCondition(check, columns)
    if ('problem' in condition) return { ...plan, problem: condition.problem }
    const isBroken = inScope === null ? condition.isBroken : `(${inScope} and ${condition.isBroken})`
    return {
      ...plan,
      isBroken,
      asks: { rows, failed: `count_if(${isBroken})`, ...rangeOf(check, { columns, inScope }) },
    }
  }
  if (check.kind === 'unique') {
    const missing = check.columns.find((name) => !columns.has(name))
    if (missing !== undefined) return { ...plan, problem: missingColumn(missing, columns) }
    const isWhole = check.columns.map((name) => `${quoteName(name)} is not null`).join(' and ')
    return { ...plan, asks: { rows: `count_if(${inScope === null ? '' : `${inScope} and `}${isWhole})` } }
  }
  if (check.kind === 'row-count') return plan
  const name = check.column ?? options.time
  if (name === undefined)
    throw fail('badCheck', `Cannot check '${checkName(check)}': neither it nor the source names a time column`)
  const type = columns.get(name)
  if (type === undefined) return { ...plan, problem: missingColumn(name, columns) }
  if (!isMoment(type)) return { ...plan, problem: `column '${name}' is ${type} and holds no moments` }
  const moment = `${quoteName(name)}::timestamp`
  const known = `${moment} <= make_timestamp(${Math.round(options.nowMs * 1000)})`
  const scope = inScope === null ? known : `${inScope} and ${known}`
  return { ...plan, asks: { rows, latestMs: `epoch_ms(max(${moment}) filter (where ${scope}))` } }
}

/** The least and largest value that a check on a range saw. */
function rangeOf(
  check: CheckSpec,
  { columns, inScope }: { readonly columns: ColumnTypes; readonly inScope: string | null },
): Readonly<Record<string, string>> {
  if (check.kind !== 'between') return {}
  const column = quoteName(check.column)
  const type = columns.get(check.column)
  const conditions = inScope === null ? [] : [inScope]
  if (type === 'DOUBLE' || type === 'FLOAT') conditions.push(`not isnan(${column})`)
  const only = conditions.length === 0 ? '' : ` filter (where ${conditions.join(' and ')})`
  return { min: `min(${column})${only}`, max: `max(${column})${only}` }
}

/** Asks every aggregate of every plan once, all in one pass. */
async function askAll(
  lake: Lake,
  { relation, plans }: { readonly relation: string; readonly plans: readonly Plan[] },
): Promise<Answers> {
  const asks = [...new Set(plans.filter((plan) => plan.problem === null).flatMap((plan) => Object.values(plan.asks)))]
  if (asks.length === 0) return new Map()
  const select = asks.map((sql, place) => `${sql} as ${quoteName(`a${place}`)}`)
  try {
    const [row] = await lake.rows<Record<string, number | string | null>>(
      `select ${select.join(', ')} from ${relation}`,
    )
    return new Map(asks.map((sql, place) => [sql, row?.[`a${place}`] ?? null]))
  } catch (error) {
    throw await blame(lake, { relation, plans, error })
  }
}

/** Finds the check that a query failed for. */
async function blame(
  lake: Lake,
  { relation, plans, error }: { readonly relation: string; readonly plans: readonly Plan[]; readonly error: unknown },
): Promise<unknown> {
  if (!isFailure(error) || error.code !== 'platform/badSql') return error
  for (const { check, problem, asks } of plans) {
    if (problem !== null) continue
    try {
      await lake.run(`select ${Object.values(asks).join(', ')} from ${relation}`)
    } catch (cause) {
      const state = messageOf(cause)
        .replace(/^Cannot run the query: /, '')
        .split('\n')[0] as string
      return fail('badCheck', `Cannot check '${checkName(check)}': ${state}`, { cause, details: { check } })
    }
  }
  return error
}

interface ResultContext {
  readonly lake: Lake
  readonly options: CheckOptions
  readonly answers: Answers
}

async function resultOf(plan: Plan, { lake, options, answers }: ResultContext): Promise<CheckResult> {
  const { check, problem, asks, isBroken } = plan
  const told = Object.fromEntries(Object.entries(asks).map(([name, sql]) => [name, answers.get(sql) ?? null]))
  const { rows: rowCount, failed: broken, ...observed } = told
  const rows = Number(rowCount ?? 0)
  const base = { check, name: checkName(check), severity: check.severity, problem, observed, sample: [] }
  if (problem !== null) return { ...base, passed: false, rows: 0, failed: 0, share: 0 }
  switch (check.kind) {
    case 'fresh':
      return {
        ...base,
        ...freshness(check, { rows, latestMs: observed['latestMs'] as number | null, nowMs: options.nowMs }),
      }
    case 'row-count': {
      const passed = rows >= (check.min ?? 0) && rows <= (check.max ?? Infinity)
      return { ...base, passed, rows, failed: 0, share: 0, observed: { rows } }
    }
    case 'unique': {
      const { extra, ...found } = await countDuplicates(lake, { relation: options.relation, check })
      return { ...base, ...shareOf(check, { rows, failed: extra }), ...found }
    }
    default: {
      const failed = Number(broken ?? 0)
      const sample =
        failed === 0 ? [] : await lake.rows(`select * from ${options.relation} where ${isBroken} limit ${sampleRows}`)
      return { ...base, ...shareOf(check, { rows, failed }), sample }
    }
  }
}

const sampleRows = 5

function shareOf(check: CheckSpec, { rows, failed }: { readonly rows: number; readonly failed: number }) {
  // A hair's breadth for 1 − mostly, which is not exact in binary.
  return {
    passed: failed <= rows * (1 - check.mostly) + 1e-9 * rows,
    rows,
    failed,
    share: rows === 0 ? 0 : failed / rows,
  }
}

function freshness(
  check: Extract<CheckSpec, { kind: 'fresh' }>,
  { rows, latestMs, nowMs }: { readonly rows: number; readonly latestMs: number | null; readonly nowMs: number },
): Pick<CheckResult, 'passed' | 'rows' | 'failed' | 'share' | 'observed' | 'problem'> {
  const ageMs = latestMs === null ? null : nowMs - latestMs
  const passed = ageMs !== null && ageMs <= durationMs(check.within)
  const problem = latestMs === null ? 'no row has a moment up to now' : null
  return {
    passed,
    rows,
    failed: passed ? 0 : rows,
    share: passed || rows === 0 ? 0 : 1,
    observed: { latestMs, ageMs },
    problem,
  }
}
