import type { Dataset } from '#dataset'
import { outcomeRelation, recordOutcomes, type SentOutcome } from '#feedback'
import { contentHash, quoteName, quoteText, type Workspace } from '#platform'
import { predictionRelation } from '#serving'
import type { SystemVersion } from '#system'

/**
 * Takes the outcomes that the data itself has brought since: rows of the dataset about the entity of a prediction that
 * waits for its truth.
 * @returns outcomes that were taken
 */
export async function takeOutcomes(
  workspace: Workspace,
  { system, dataset }: { readonly system: SystemVersion; readonly dataset: Dataset },
): Promise<number> {
  if (dataset.entity.length === 0) return 0
  await workspace.blobs.bringHere([dataset.digest])
  const predictions = await predictionRelation(workspace, { system: system.system })
  const outcomes = await outcomeRelation(workspace, { system: system.system })
  const rows = await workspace.lake.rows<{ id: string; outcome: string | number | boolean }>(
    `with waiting as (
       select p.id, p.entity_key from ${predictions} as p
       where p.entity_key is not null and p.id not in (select prediction_id from ${outcomes} as o)
     )
     select w.id, any_value(d.${quoteName(dataset.target)}) as outcome
     from waiting as w
     join read_parquet(${quoteText(workspace.blobs.pathOf(dataset.digest))}) as d on ${dataset.entity.map((name, place) => sameValue(dataset, name, place)).join(' and ')}
     where d.${quoteName(dataset.target)} is not null
     group by w.id
     having count(*) = 1
     order by w.id`,
  )
  if (rows.length === 0) return 0
  const sent: SentOutcome[] = rows.map(({ id, outcome }) => ({ predictionId: id, outcome }))
  await recordOutcomes(workspace, {
    system: system.system,
    outcomes: sent,
    key: `data/${dataset.hash}/${contentHash(rows.map((row) => row.id)).slice(0, 16)}`,
    source: 'data',
    actor: 'loop',
  })
  return rows.length
}

/** Compares an entity column with its place in the key that the prediction log keeps. */
function sameValue(dataset: Dataset, name: string, place: number): string {
  const key = `json_extract_string(w.entity_key, '$[${place}]')`
  const column = `d.${quoteName(name)}`
  switch (dataset.columns.find((one) => one.name === name)?.type) {
    case 'timestamp':
      return `epoch_ms(${column}) = epoch_ms(try_cast(${key} as timestamptz))`
    case 'numeric':
      return `${column} = try_cast(${key} as double)`
    case 'boolean':
      return `${column} = try_cast(${key} as boolean)`
    default:
      return `${column} = ${key}`
  }
}
