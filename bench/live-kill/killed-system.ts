import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteText, type Lake } from '#platform'
import { boostedTrees, canary, logistic, majority, rule, timeSplit, type SystemInput } from '#system'

export const systemName = 'late-flights'

/** A small system with every part of the loop in it, and windows and bakes of seconds, so that minutes show years. */
export const killedSystem: SystemInput = {
  name: systemName,
  objective: {
    statement: 'Fewer passengers are stranded',
    owner: 'ops-desk',
    metric: 'disruption cost',
    unit: 'USD per 1000 flights',
    direction: 'down',
    target: -0.1,
    by: '2030-06-30',
  },
  framing: {
    task: 'binary',
    entity: ['origin', 'destination', 'date'],
    target: 'late',
    time: 'date',
    outcomeAfter: '1s',
    cost: { currency: 'USD', falseNegative: 90, falsePositive: 12, truePositive: 12 },
  },
  sources: { flights: { kind: 'parquet', path: 'flights-*.parquet', time: 'date' } },
  checks: [{ kind: 'not-null', column: 'date', severity: 'stop' }],
  dataset: {
    sql: 'select date, origin, destination, distance, hour(date) as hour, delay > 15 as late from flights',
    history: [{ name: 'late_by_origin', of: 'late', by: ['origin'], over: ['7d'] }],
    types: { hour: 'numeric' },
  },
  candidates: [majority(), rule('hour >= 15'), logistic(), boostedTrees({ rounds: 20, leaves: 8 })],
  evaluation: {
    split: timeSplit({ holdout: '4d', window: '30d' }),
    gates: [{ kind: 'beats', what: 'majority' }],
    maxRows: 5000,
  },
  release: canary({ steps: [0.5, 1], bake: '1s', minSamples: 10 }),
  monitor: { window: '5s' },
  retrain: { every: 'never' },
}

/** One flight as it is asked about, and what became of it. */
export type Flight = {
  readonly date: string
  readonly origin: string
  readonly destination: string
  readonly distance: number
  readonly late: boolean
}

const firstRows = 30_000
const laterRows = 2000

/** Rows of the flights file of a place. */
export const rowsOfFile = (place: number): number => (place === 0 ? firstRows : laterRows)

/**
 * Puts the flights file of a place into the folder, whole at once; the same place gives the same flights. They are a
 * minute apart, and later ones and those of two airports are late more often.
 */
export async function publishFlights(
  lake: Lake,
  { folder, place }: { readonly folder: string; readonly place: number },
): Promise<void> {
  const from = place === 0 ? 0 : firstRows + (place - 1) * laterRows
  const making = join(folder, `making-${place}.tmp`)
  await lake.run(
    `copy (
       with flight as (
         select timestamp '2001-01-01' + to_minutes(i) as date, i,
           ['ATL', 'ORD', 'DFW', 'LAX', 'JFK', 'SFO'][(hash(i * 7) % 6)::int + 1] as origin,
           ['SEA', 'DEN', 'BOS', 'MIA'][(hash(i * 3) % 4)::int + 1] as destination,
           200 + (hash(i * 11) % 2500)::bigint as distance
         from range(${from}, ${from + rowsOfFile(place)}) as t(i)
       )
       select date, origin, destination, distance,
         case when hash(i * 13) % 100 < 5 + 30 * (hour(date) >= 15)::int + 15 * (origin in ('ORD', 'JFK'))::int
           then 20 + (hash(i * 17) % 60)::bigint else (hash(i * 19) % 15)::bigint end as delay
       from flight order by i
     ) to ${quoteText(making)} (format parquet)`,
  )
  await rename(making, join(folder, `flights-${place}.parquet`))
}

/** Flights of the first file that are asked about, none of them twice. */
export async function askedFlights(lake: Lake, folder: string): Promise<readonly Flight[]> {
  return lake.rows<Flight>(
    `select strftime(date, '%Y-%m-%dT%H:%M:%SZ') as date, origin, destination, distance, delay > 15 as late
     from ${quoteText(join(folder, 'flights-0.parquet'))} order by hash(date)`,
  )
}
