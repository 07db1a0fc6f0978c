import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openModel } from '#model'
import type { Field, Task } from '#model'
import { openLake, quoteText, seededRandom } from '#platform'
import type { Table } from '#platform'
import { largestDifference, trainerOf } from '#training'
import type { Target } from '#training'
import type { Bench, Figure } from './bench-shape.ts'
import { flightFeatures, writeFlightFeatures } from './flight-features.ts'

/** Boosted trees in their ONNX file against the trainer's own prediction. */
export const bench: Bench = {
  name: 'boosted-trees-onnx',
  about:
    'ONNX file of boosted trees against their own prediction: every task, 100,000 rows with nulls and unseen values',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-trees-'))
    const lake = await openLake({ folder, threads: 2, memoryMb: 2000 })
    try {
      const [train, test] = [join(folder, 'train.parquet'), join(folder, 'test.parquet')]
      context.log('Writing the flights as Parquet')
      await writeFlightFeatures(lake, { train: { [train]: 100_000 }, test })
      const tables = { train: await lake.table(trainText(train)), test: await lake.table(testText(test)) }
      const figures: Figure[] = []
      for (const task of ['binary', 'multiclass', 'regression'] as const) {
        context.log(`Training and scoring: ${task}`)
        figures.push({
          name: `Largest difference, ${task}, 100k rows`,
          figure: await differenceOf(task, tables),
          bar: 1e-6,
          unit: task === 'regression' ? 'relative' : 'probability',
          better: 'lower',
          against: "the trainer's own prediction",
        })
      }
      return figures
    } finally {
      lake.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

const inputs: readonly Field[] = [
  ...flightFeatures.categorical.map((name) => ({ name, type: 'categorical' as const })),
  ...flightFeatures.numeric.map((name) => ({ name, type: 'numeric' as const })),
  { name: 'date', type: 'timestamp' },
  { name: 'weekend', type: 'boolean' },
  { name: 'note', type: 'text' },
]

const extraText = `dow in ('d6', 'd7') as weekend, origin || ' to ' || destination || ', Class ' || coalesce(part, '?')
  as note, case when late then 'late' when hour < 9 then 'early' else 'day' end as kind`

const trainText = (file: string): string => `select *, ${extraText} from ${quoteText(file)}`

/** Nulls in every kind of column, an airport in ten unheard of, and words that no training row has. */
const testText = (file: string): string => `select * exclude (place) replace (
    case when place % 7 <> 0 then case when origin < 'D' then 'new ' || origin else origin end end as origin,
    case when place % 11 <> 0 then n1 end as n1, case when place % 13 <> 0 then date end as date,
    case when place % 5 <> 0 then weekend end as weekend,
    case when place % 17 <> 0 then note || repeat(' never heard', place % 3) end as note
  ) from (select *, ${extraText}, row_number() over () as place from ${quoteText(file)})`

async function differenceOf(task: Task, { train, test }: { readonly train: Table; readonly test: Table }) {
  const trainer = trainerOf('boosted-trees')
  const data = { task, inputs, table: train, target: targetOf(task, train) }
  const fitted = await trainer.fit(data, trainer.defaults, { random: seededRandom(1) })
  const model = await openModel(fitted.onnx)
  try {
    return largestDifference(await model.predict(test), await fitted.predict(test))
  } finally {
    await model.release()
  }
}

function targetOf(task: Task, { columns }: Table): Target {
  const { late, kind, delay } = columns
  if (late?.kind !== 'number' || kind?.kind !== 'string' || delay?.kind !== 'number')
    throw new TypeError('Cannot train: the flights lack a target')
  if (task === 'regression') return { kind: 'numbers', values: delay.values }
  return task === 'binary'
    ? { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.from(late.values) }
    : { kind: 'classes', classes: kind.dictionary, labels: kind.codes }
}
