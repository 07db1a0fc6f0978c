import { fileURLToPath } from 'node:url'
import { quoteText } from '#platform'
import type { Lake } from '#platform'

/** Inputs of the flights benchmarks; `late` (more than 15 minutes) is what they predict. */
export const flightFeatures = {
  categorical: ['dow', 'origin', 'destination', 'route', 'part'],
  numeric: ['hour', 'minute_of_day', 'day', 'doy', 'distance', ...Array.from({ length: 10 }, (_, i) => `n${i}`)],
} as const

/**
 * Writes real flights as Parquet files: 20 inputs, ten of them noise, some values missing. `train` files hold random
 * rows of the first 80 % of the time, `test` 100,000 of the last 20 %. The draws come from hashes of the row numbers,
 * so every run writes the same rows.
 */
export async function writeFlightFeatures(
  lake: Lake,
  files: { readonly train: Readonly<Record<string, number>>; readonly test: string },
): Promise<void> {
  await lake.run(`create table numbered as select *, row_number() over (order by date, file_row_number) as place
    from read_parquet(${quoteText(flightsFile)}, file_row_number = true)`)
  const copy = (where: string, { rows, draw, file }: { rows: number; draw: number; file: string }): Promise<void> =>
    lake.run(`copy (select ${columnsText} from (
      select * from numbered where ${where} order by ${uniform(draw)}, place limit ${rows}
    ) order by place) to ${quoteText(file)} (format parquet)`)
  for (const [file, rows] of Object.entries(files.train)) await copy('place <= 2400000', { rows, draw: 3, file })
  await copy('place > 2400000', { rows: 100_000, draw: 4, file: files.test })
  await lake.run('drop table numbered')
}

const flightsFile = fileURLToPath(new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url))

/** A number in [0, 1) for each row, another one for each `draw`. */
const uniform = (draw: number): string => `(hash(file_row_number * 64 + ${draw}) / 18446744073709551616.0)`

const normal = (draw: number): string =>
  `round(sqrt(-2 * ln(1 - ${uniform(draw)})) * cos(2 * pi() * ${uniform(draw + 1)}), 4)::float`

const columnsText = `
  'd' || isodow(date) as dow, hour(date)::float as hour, (hour(date) * 60 + minute(date))::float as minute_of_day,
  day(date)::float as day, dayofyear(date)::float as doy,
  case when ${uniform(1)} >= 0.05 then distance::float end as distance,
  origin, destination, origin || '-' || destination as route,
  case when ${uniform(2)} >= 0.03 then 'abcdef'[1 + greatest(0, (hour(date) - 2) // 4)] end as part,
  ${Array.from({ length: 10 }, (_, i) => `${normal(10 + 2 * i)} as n${i}`).join(', ')},
  date, delay > 15 as late, delay::float as delay`
