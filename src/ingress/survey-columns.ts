import { quoteName, type Lake } from '#platform'

/** What the values of a column look like. */
export interface ColumnSurvey {
  readonly name: string
  readonly type: string
  readonly nulls: number
  /** Different values; exact. */
  readonly distinct: number
  /** All different values in order, where there are at most twenty of them. */
  readonly values?: readonly (string | number | boolean)[]
  /** Least and greatest value, of numbers and moments; moments as ISO text. */
  readonly min?: number | string | null
  readonly max?: number | string | null
}

/** Looks at every value of every column. @param sql a query that gives the rows */
export async function surveyColumns(
  lake: Lake,
  {
    sql,
    columns,
  }: { readonly sql: string; readonly columns: readonly { readonly name: string; readonly type: string }[] },
): Promise<{ readonly rows: number; readonly columns: readonly ColumnSurvey[] }> {
  const measures = columns.flatMap(({ name, type }, place) => {
    const column = quoteName(name)
    const range = ordered.test(type) ? [`min(${column}) as min${place}`, `max(${column}) as max${place}`] : []
    return [`count(${column}) as c${place}`, `count(distinct ${column}) as d${place}`, ...range]
  })
  const [found = {}] = await lake.rows<Record<string, number | string | null>>(
    `select ${['count(*) as n', ...measures].join(', ')} from (${sql})`,
  )
  const rows = Number(found['n'] ?? 0)
  const surveys: ColumnSurvey[] = []
  for (const [place, { name, type }] of columns.entries()) {
    const distinct = Number(found[`d${place}`] ?? 0)
    const few = distinct <= fewValues && /^(VARCHAR|BOOLEAN|U?(TINY|SMALL|BIG)?INT(EGER)?|BIGINT)$/.test(type)
    surveys.push({
      name,
      type,
      nulls: rows - Number(found[`c${place}`] ?? 0),
      distinct,
      ...(few ? { values: await valuesOf(lake, sql, name) } : {}),
      ...(ordered.test(type) ? { min: found[`min${place}`] ?? null, max: found[`max${place}`] ?? null } : {}),
    })
  }
  return { rows, columns: surveys }
}

const fewValues = 20
const ordered = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*|DATE|TIMESTAMP.*)$/

async function valuesOf(lake: Lake, sql: string, name: string): Promise<readonly (string | number | boolean)[]> {
  const column = quoteName(name)
  const rows = await lake.rows<{ value: string | number | boolean }>(
    `select distinct ${column} as value from (${sql}) where ${column} is not null order by 1`,
  )
  return rows.map((row) => row.value)
}
