import type { Lake, Workspace } from '#platform'
import { predictionRelation } from '#serving'
import { incomingTable, type DatedRow } from './incoming.ts'
import { isLatest, outcomeRecords } from './outcome-relation.ts'

/** What an incoming row means for one prediction. */
export interface JudgedOutcome {
  /** Place in what was sent. */
  readonly place: number
  readonly predictionId: string
  readonly status: 'accepted' | 'duplicate' | 'corrected' | 'outdated'
}

/**
 * Finds the predictions that each row is about, and holds it against what is known of them: the record before it in the
 * same batch, else the current one. A row that names no known prediction is not in the answer.
 *
 * Same value: duplicate, and so is a record that the history holds already. Otherwise corrected, unless it was observed
 * earlier than what is known: then outdated.
 */
export async function judgeOutcomes(
  workspace: Workspace,
  options: { readonly system: string; readonly rows: readonly DatedRow[]; readonly name: string },
): Promise<readonly JudgedOutcome[]> {
  const { system, rows, name } = options
  const ids = rows.flatMap(({ predictionId }) => (predictionId === null ? [] : [predictionId])).sort()
  const byId = ids.length === rows.length
  const predictions = await predictionRelation(workspace, {
    system,
    ...(byId ? { firstId: ids[0] as string, lastId: ids.at(-1) as string } : {}),
  })
  const records = await outcomeRecords(workspace, system)
  return workspace.lake.session(async (lake) => {
    try {
      await lake.putTable(name, incomingTable(rows))
      return await judged(lake, { incoming: name, predictions, records })
    } finally {
      await lake.run(`drop table if exists ${name}`)
    }
  })
}

async function judged(
  lake: Lake,
  from: { readonly incoming: string; readonly predictions: string; readonly records: string },
): Promise<readonly JudgedOutcome[]> {
  const rows = await lake.rows<{ place: number; prediction_id: string; status: JudgedOutcome['status'] }>(`
    with incoming as (from ${from.incoming}),
    about as materialized (
      select id, entity_key, at_ms from ${from.predictions} as p
      where id in (select prediction_id from incoming) or entity_key in (select entity_key from incoming)
    ),
    targets as (
      select i.place, p.id from incoming as i join about as p on p.id = i.prediction_id
      union all
      select i.place, p.id from incoming as i join about as p on p.entity_key = i.entity_key
      where i.prediction_id is null and i.time_ms is null
      union all
      (select i.place, p.id from incoming as i join about as p on p.entity_key = i.entity_key and p.at_ms <= i.time_ms
       where i.prediction_id is null
       qualify row_number() over (partition by i.place order by p.at_ms desc, p.id desc) = 1)
    ),
    known as materialized (
      select prediction_id, label, value, observed_ms, batch, place
      from ${from.records} where prediction_id in (select id from targets)
    ),
    latest as (
      from known qualify ${isLatest}
    ),
    compared as (
      select t.place, t.id, i.label, i.value, i.observed_ms, l.prediction_id as known_id,
        l.label as known_label, l.value as known_value, l.observed_ms as known_ms,
        lag(i.place) over before as before_place, lag(i.label) over before as before_label,
        lag(i.value) over before as before_value, lag(i.observed_ms) over before as before_ms
      from targets as t join incoming as i using (place) left join latest as l on l.prediction_id = t.id
      window before as (partition by t.id order by t.place)
    ),
    paired as (
      select place, id, label, value, observed_ms,
        known_id is not null or before_place is not null as is_known,
        if(before_place is null, known_label, before_label) as old_label,
        if(before_place is null, known_value, before_value) as old_value,
        if(before_place is null, known_ms, before_ms) as old_ms
      from compared
    )
    select place, id as prediction_id, case
      when not is_known then 'accepted'
      when label is not distinct from old_label and value is not distinct from old_value then 'duplicate'
      when exists (from known as k where k.prediction_id = paired.id and k.observed_ms = paired.observed_ms
        and k.label is not distinct from paired.label and k.value is not distinct from paired.value) then 'duplicate'
      when observed_ms < old_ms then 'outdated'
      else 'corrected' end as status
    from paired order by place, prediction_id`)
  return rows.map((row) => ({ place: row.place, predictionId: row.prediction_id, status: row.status }))
}
