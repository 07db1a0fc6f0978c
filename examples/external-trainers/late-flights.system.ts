/**
 * Late flights, with models that programs in Python train beside those of Millrace: scikit-learn, LightGBM and XGBoost in
 * one environment; PyTorch, which is large, in one of its own where `withTorch` says so.
 *
 *     npx millrace rehearse examples/external-trainers    how they would have done, each training included
 *     npx millrace up examples/external-trainers          train, judge and serve them like any other
 *
 * What a program is given and has to leave: docs/guides/trainers.md
 */
import { beats, days, defineSystem, logistic, majority, parquet, python, sql, timeSplit } from 'millrace'

const withTorch = false
const shared = { files: ['rows.py'], memoryMb: 3000, timeout: '10m' } as const

export default defineSystem({
  name: 'late-flights',
  objective: {
    statement: 'Fewer passengers are stranded: rebook them before a late arrival',
    owner: 'ops-desk',
    metric: 'disruption cost',
    unit: 'USD per 1000 flights',
    direction: 'down',
    target: -0.3,
    by: '2001-06-30',
  },
  framing: {
    task: 'binary',
    entity: ['origin', 'destination', 'date'],
    target: 'late',
    time: 'date',
    outcomeAfter: days(1),
    cost: { currency: 'USD', falseNegative: 90, falsePositive: 12, truePositive: 12, trueNegative: 0 },
  },
  sources: {
    flights: parquet('../../node_modules/vega-datasets/data/flights-3m.parquet', { time: 'date' }),
  },
  dataset: {
    sql: sql`
      select
        date,
        origin,
        destination,
        distance,
        hour(date) as hour,
        isodow(date) as weekday,
        delay > 15 as late
      from flights
    `,
    inputs: ['hour', 'weekday', 'distance', 'origin', 'destination'],
    types: { hour: 'numeric', weekday: 'numeric' },
  },
  candidates: [
    majority(),
    logistic(),
    python('train_sklearn.py', {
      name: 'forest',
      requirements: 'requirements.txt',
      parameters: { trees: 30 },
      ...shared,
    }),
    python('train_lightgbm.py', { name: 'lightgbm', requirements: 'requirements.txt', ...shared }),
    python('train_xgboost.py', { name: 'xgboost', requirements: 'requirements.txt', ...shared }),
    ...(withTorch
      ? [python('train_torch.py', { name: 'network', requirements: 'requirements-torch.txt', ...shared })]
      : []),
  ],
  evaluation: {
    split: timeSplit({ holdout: days(7), window: days(28) }),
    gates: [beats('majority'), beats('champion')],
    maxRows: 20_000,
  },
  monitor: { window: days(7) },
  retrain: { every: days(28) },
})
