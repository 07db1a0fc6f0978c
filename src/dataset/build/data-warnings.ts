import { quoteName, quoteText, type Lake, type Workspace } from '#platform'
import { readExamples } from '../reading/read-examples.ts'
import type { Dataset } from '../schema.ts'
import { explainedShare } from './explained-share.ts'

/** What in the finished rows looks like a leak, one sentence each. */
export async function dataWarnings(workspace: Workspace, dataset: Dataset): Promise<readonly string[]> {
  await workspace.blobs.bringHere([dataset.digest])
  return [
    ...namesLikeTarget(dataset),
    ...(await inputsThatTell(workspace, dataset)),
    ...(await repeatedRows(workspace.lake, { dataset, file: workspace.blobs.pathOf(dataset.digest) })),
  ]
}

/** Rows looked at for inputs that give the target away. */
const lookedAt = 20_000
const fewestRows = 200
/** An input that tells more of the target than this by itself is hardly an honest one. */
const nearlyAll = 0.95
/** r² of a correlation of 0.99. */
const nearlyLinear = 0.98

async function inputsThatTell(workspace: Workspace, dataset: Dataset): Promise<string[]> {
  const examples = await readExamples(workspace, dataset, { onlyKnown: true, maxRows: lookedAt, seed: 'leaks' })
  if (examples.table.rowCount < fewestRows) return []
  const most = dataset.task === 'regression' ? nearlyLinear : nearlyAll
  return dataset.inputs.flatMap(({ name, type }) => {
    const column = examples.table.columns[name]
    if (!column || type === 'text') return []
    const share = explainedShare(column, examples.target)
    return share > most
      ? [
          `Input '${name}' alone tells ${(100 * share).toFixed(1)} % of the target '${dataset.target}': it may hold what is only known afterwards`,
        ]
      : []
  })
}

/** Inputs that bear the target's name; history columns may, they are made of outcomes known before. */
function namesLikeTarget({ inputs, target, history }: Dataset): string[] {
  const made = new Set(history.flatMap((one) => one.columns))
  const words = (name: string): string => `_${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}_`
  return inputs
    .filter(({ name }) => !made.has(name) && words(name).includes(words(target)))
    .map(({ name }) => `Input '${name}' is named like the target '${target}': check that it is known beforehand`)
}

/** Beyond it, equal rows are counted on one in eight, chosen by their content. */
const countedWhole = 500_000
const toleratedShare = 0.01

/** Rows that are equal in every column: a split at random puts them on both sides. */
async function repeatedRows(lake: Lake, { dataset, file }: { dataset: Dataset; file: string }): Promise<string[]> {
  const made = new Set(dataset.history.flatMap((one) => one.columns))
  const names = dataset.columns.filter(({ name }) => !made.has(name)).map(({ name }) => quoteName(name))
  const chosen = dataset.rows > countedWhole ? 'where row_hash % 8 = 0' : ''
  const [found] = await lake.rows<{ rows: number; different: number }>(
    `select count(*) as rows, count(distinct row_hash) as different
     from (select hash(${names.join(', ')}) as row_hash from read_parquet(${quoteText(file)})) ${chosen}`,
  )
  const { rows, different } = found as NonNullable<typeof found>
  const share = rows === 0 ? 0 : 1 - different / rows
  if (share <= toleratedShare) return []
  return [
    `${(100 * share).toFixed(1)} % of the rows repeat another row: a split at random would test on rows it trained on`,
  ]
}
