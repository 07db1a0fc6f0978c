import { rm } from 'node:fs/promises'
import { durationMs, quoteText, type Digest, type Lake, type Workspace } from '#platform'
import type { SystemVersion } from '#system'
import { layOutColumns } from '../columns/lay-out-columns.ts'
import type { LaidColumn, Layout } from '../columns/layout.ts'
import { writeHistory, type WrittenHistory } from '../history/write-history.ts'
import type { Dataset, DatasetColumn } from '../schema.ts'
import { openQuery } from './open-query.ts'
import { stageSql } from './stage-rows.ts'
import { surveyRows } from './survey-rows.ts'
import { surveyText, type TextSurvey } from './survey-text.ts'
import { targetClasses } from './target-classes.ts'
import { columnWarnings } from './column-warnings.ts'
import { writeRows } from './write-rows.ts'

export interface BuildOptions {
  readonly system: SystemVersion
  /**
   * What to read each source from, as SQL that can follow FROM: `read_parquet(['…'])`. It must name bytes that never
   * change, such as stored snapshots: the same text is taken for the same rows.
   */
  readonly sources: Readonly<Record<string, string>>
}

export interface MakeOptions extends BuildOptions {
  /** A connection of its own: views and temporary tables are made on it. */
  readonly session: Lake
  /** Hash of what is asked. */
  readonly hash: string
  /** Path for the staged rows; it may be left or taken away. */
  readonly file: string
}

/** Computes a dataset and stores its bytes; recording it is left to the caller. */
export async function makeDataset(workspace: Workspace, options: MakeOptions): Promise<Dataset> {
  const { system, sources, session, hash, file } = options
  const { framing, dataset } = system.spec
  const attempt = `Cannot build the dataset of '${system.system}'`
  const query = await openQuery(session, { sql: dataset.sql, sources, attempt })
  const layout = layOutColumns(query.columns, { spec: system.spec, attempt })
  await query.run(stageSql({ sql: query.sql, layout, rowWise: query.rowWise, file }))
  const survey = await surveyRows(session, { file, layout, attempt })
  const { type } = columnOf(layout, layout.target)
  const classes = await targetClasses(session, { file, framing, type, attempt })
  const texts = await surveyText(session, { file, layout, rows: survey.rows, blobs: workspace.blobs })
  const histories = await writeHistories(workspace, { session, layout, file })
  const digest = await storeRows(workspace, { session, layout, file, histories, whole: survey.withoutTime === 0 })
  await workspace.blobs.bringHere([digest])
  const stored = await session.describe(`from read_parquet(${quoteText(workspace.blobs.pathOf(digest))})`)
  const columns = columnsOf({ layout, texts, histories, stored })
  return {
    id: workspace.ids.next('dataset'),
    system: system.system,
    hash,
    digest,
    rows: survey.rows,
    columns,
    inputs: layout.inputs.map((name) => {
      const { type } = columns.find((column) => column.name === name) as DatasetColumn
      return { name, type }
    }),
    task: framing.task,
    target: layout.target,
    classes,
    time: layout.time,
    entity: framing.entity,
    weight: layout.weight,
    outcomeAfterMs: durationMs(framing.outcomeAfter),
    timeRange: survey.timeRange,
    missingTargets: survey.missingTargets,
    history: histories.map((history) => history.stored),
    sources: query.sources,
    sql: query.sql,
    warnings: [...query.warnings, ...layout.warnings, ...columnWarnings({ layout, texts, survey })],
    builtAtMs: workspace.clock.now(),
  }
}

const columnOf = (layout: Layout, name: string): LaidColumn =>
  layout.columns.find((column) => column.name === name) as LaidColumn

async function writeHistories(
  { blobs }: Workspace,
  { session, layout, file }: { session: Lake; layout: Layout; file: string },
): Promise<WrittenHistory[]> {
  const written: WrittenHistory[] = []
  const rows = `read_parquet(${quoteText(file)})`
  for (const [place, plan] of layout.histories.entries()) {
    const { sqlType, type } = columnOf(layout, plan.of)
    const ofType = type === 'boolean' ? 'BOOLEAN' : sqlType === 'VARCHAR' ? 'DOUBLE' : sqlType
    const input = { rows, time: layout.time as string, ofType }
    written.push(await writeHistory(session, { blobs, plan, input, table: `history_${place}` }))
  }
  return written
}

/** The staged file itself where nothing is to be added or left out, else a copy of it. */
async function storeRows(
  { blobs }: Workspace,
  options: { session: Lake; layout: Layout; file: string; histories: readonly WrittenHistory[]; whole: boolean },
): Promise<Digest> {
  const { session, layout, file, histories, whole } = options
  if (whole && histories.length === 0) return blobs.adopt(file)
  const to = blobs.scratchPath('parquet')
  try {
    await writeRows(session, { from: file, to, time: layout.time, histories })
    return await blobs.adopt(to)
  } finally {
    await rm(to, { force: true })
  }
}

function columnsOf(options: {
  layout: Layout
  texts: ReadonlyMap<string, TextSurvey>
  histories: readonly WrittenHistory[]
  stored: readonly { readonly name: string; readonly type: string }[]
}): DatasetColumn[] {
  const { layout, texts, histories, stored } = options
  const sqlTypes = new Map(stored.map(({ name, type }) => [name, type]))
  const sqlType = (name: string): string => sqlTypes.get(name) ?? ''
  const given = layout.columns.map(({ name, type, role }) => {
    const text = texts.get(name)
    return { name, type: text?.type ?? type, role, sqlType: sqlType(name), dictionary: text?.dictionary ?? null }
  })
  const inputs = new Set(layout.inputs)
  const made = histories.flatMap(({ plan }) =>
    plan.columns.map(({ name }): DatasetColumn => {
      const role = inputs.has(name) ? 'input' : 'other'
      return { name, type: 'numeric', role, sqlType: sqlType(name), dictionary: null }
    }),
  )
  return [...given, ...made]
}
