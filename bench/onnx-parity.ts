import { openModel, type Field, type Task } from '#model'
import { numberColumn, seededRandom, stringColumn, type Random, type Table } from '#platform'
import { largestDifference, trainerParameters, trainers, type AnyTrainer, type TrainingData } from '#training'
import type { Bench, BenchContext, Figure } from './bench-shape.ts'

/**
 * Largest difference between a model file in onnxruntime and the trainer's own prediction, for every trainer and task:
 * trained on 20,000 rows of every type of column, compared on 100,000 others, with more missing values, categories and
 * words never seen, and numbers far out of range.
 */
export const bench: Bench = {
  name: 'onnx-parity',
  about: "Model files against their trainers' own predictions: every trainer and task, 100,000 rows",
  run: async (context) => {
    const figures: Figure[] = []
    for (const trainer of trainers)
      for (const task of trainer.tasks)
        for (const params of paramsOf(trainer, task)) figures.push(await compare(trainer, { task, params, context }))
    return figures
  },
}

const trainedRows = 20_000
const scoredRows = 100_000

async function compare(
  trainer: AnyTrainer,
  { task, params, context }: { task: Task; params: Readonly<Record<string, unknown>>; context: BenchContext },
): Promise<Figure> {
  const name = [trainer.kind, task, params['sql']].filter(Boolean).join(' ').slice(0, 44)
  context.log(`${name}: training on ${trainedRows} rows`)
  const random = seededRandom('onnx-parity')
  const fitted = await trainer.fit(trainingData(task), trainerParameters(trainer, params), { random })
  const scored = makeTable(scoredRows, { random: random.fork('scored'), isStrange: true })
  const model = await openModel(fitted.onnx)
  try {
    const figure = largestDifference(await model.predict(scored), await fitted.predict(scored))
    const unit = task === 'regression' ? 'relative' : 'probability'
    return { name, figure, bar: 1e-6, unit, better: 'lower', against: `own prediction, ${scoredRows} rows` }
  } finally {
    await model.release()
  }
}

/** Rules need SQL; all else is compared with its defaults. */
function paramsOf({ kind }: AnyTrainer, task: Task): readonly Readonly<Record<string, unknown>>[] {
  if (kind !== 'rule') return [{}]
  if (task === 'regression') return [{ sql: 'coalesce(price * 0.3 + round(demand, 1) - hour(moment) / 7, demand % 5)' }]
  if (task === 'multiclass')
    return [{ sql: "case when note ilike '%refund%' then 'high' when city in ('city 1', 'city 2') then 'low' end" }]
  return [
    { sql: "price > 0.1 and not (open or city like 'city 1%') or dayofweek(moment) in (0, 6)" },
    { sql: '1 / (1 + exp(-(demand - 0.5 * coalesce(price, 2))))' },
  ]
}

const inputs: readonly Field[] = [
  { name: 'price', type: 'numeric' },
  { name: 'demand', type: 'numeric' },
  { name: 'empty', type: 'numeric' },
  { name: 'open', type: 'boolean' },
  { name: 'moment', type: 'timestamp' },
  { name: 'city', type: 'categorical' },
  { name: 'route', type: 'categorical' },
  { name: 'note', type: 'text' },
]

function trainingData(task: Task): TrainingData {
  const random = seededRandom('rows')
  const table = makeTable(trainedRows, { random, isStrange: false })
  const numbers = (name: string): Float64Array => (table.columns[name] as { values: Float64Array }).values
  const codes = (table.columns['city'] as { codes: Int32Array }).codes
  const signal = numbers('demand').map(
    (value, row) =>
      (value || 0) + Math.sin(numbers('price')[row] || 0) + ((codes[row] as number) % 3) + random.normal(),
  )
  if (task === 'regression')
    return { task, inputs, table, target: { kind: 'numbers', values: signal.map((v) => 10 * v) } }
  const classes = task === 'binary' ? ['no', 'yes'] : ['low', 'middle', 'high']
  const labels = Int32Array.from(signal, (value) => Math.min(classes.length - 1, Math.max(0, Math.floor(value))))
  return { task, inputs, table, target: { kind: 'classes', classes, labels } }
}

function makeTable(rowCount: number, { random, isStrange }: { random: Random; isStrange: boolean }): Table {
  const missing = isStrange ? 0.2 : 0.05
  const column = <T>(make: () => T): (T | null)[] =>
    Array.from({ length: rowCount }, () => (random.next() < missing ? null : make()))
  const word = (): string => words[random.int(isStrange ? words.length : words.length - 6)] as string
  const far = (value: number): number => (isStrange && random.next() < 0.01 ? value * 1e6 : value)
  return {
    rowCount,
    columns: {
      price: numberColumn(column(() => far(Math.exp(random.normal())))),
      demand: numberColumn(column(() => far(Math.round(random.normal() * 20) / 10))),
      empty: numberColumn(column(() => (isStrange ? random.normal() : null))),
      open: numberColumn(column(() => random.int(2))),
      moment: numberColumn(column(() => Date.UTC(2001, 0, 1) + random.int(isStrange ? 2 ** 31 : 2 ** 24) * 1000)),
      city: stringColumn(column(() => `city ${random.int(isStrange ? 60 : 40)}`)),
      route: stringColumn(column(() => `${random.int(isStrange ? 90 : 60)}-${random.int(60)}`)),
      note: stringColumn(column(() => Array.from({ length: random.int(12) }, word).join(' '))),
    },
  }
}

const words =
  "please refund my order it never arrived The card was declined TWICE why is transfer pending don't top-up 50% £20 naïve ÉTÉ it. (urgent)"
    .split(' ')
    // Words that only scored rows have.
    .concat(['ΣΊΣΥΦΟΣ', 'İstanbul', '日本語', '👍', 'unseen', 'x'.repeat(300)])
