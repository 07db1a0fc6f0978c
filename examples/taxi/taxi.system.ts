/**
 * Taxi: a rider says where they are and where they want to go; what will the ride cost? A number out, under-quoting
 * dearer than over-quoting, from 36 monthly files of New York's yellow taxis with all that happens to real data: a
 * column that starts in the middle, negative fares, clocks that go back, a pandemic.
 *
 *     npx millrace rehearse examples/taxi            how it would have done, month by month, from 2018 to 2020
 */
import {
  beats,
  between,
  bigBang,
  boostedTrees,
  check,
  csv,
  days,
  defineSystem,
  history,
  inSet,
  linear,
  mean,
  notNull,
  rowCount,
  rule,
  seasonalNaive,
  sql,
  timeSplit,
} from 'millrace'

export default defineSystem({
  name: 'taxi',

  objective: {
    statement: 'Riders are quoted a fare that holds, before they get in',
    owner: 'pricing',
    stakeholders: [
      { name: 'riders', wants: 'no surprise at the end' },
      { name: 'drivers', wants: 'to be paid what the ride is worth' },
    ],
    metric: 'cost of wrong quotes',
    unit: 'USD per 1000 rides',
    direction: 'down',
    baseline: 6000, // one price for all
    target: -0.55,
    by: '2020-12-31',
    keyResult: '2020 KR2',
  },

  framing: {
    task: 'regression',
    entity: ['pickup_location_id', 'dropoff_location_id', 'pickup_datetime'],
    target: 'fare_amount',
    time: 'pickup_datetime',
    outcomeAfter: days(1),
    cost: {
      currency: 'USD',
      under: 1, // each dollar quoted too low is ours to pay
      over: 0.6, // each dollar quoted too high sends riders elsewhere
    },
  },

  // 10,000 rides a month, 2018 to 2020 (NYC Taxi and Limousine Commission). Zones and vendors are names that look like
  // numbers, so they are read as text; `congestion_surcharge` is empty all through 2018, where its type cannot be seen.
  sources: {
    rides: csv('../../../shared/data/nyc-taxi/*.csv', {
      time: 'pickup_datetime',
      columns: {
        vendor_id: 'VARCHAR',
        pickup_location_id: 'VARCHAR',
        dropoff_location_id: 'VARCHAR',
        congestion_surcharge: 'DOUBLE',
      },
    }),
  },

  checks: [
    rowCount({ min: 5000 }, { severity: 'stop' }),
    notNull('pickup_datetime', { severity: 'quarantine' }),
    notNull('fare_amount', { severity: 'quarantine' }),
    // Refunds are booked as rides with a negative fare, disputes with none, and one ride of August 2018 cost 429,490
    // dollars.
    between('fare_amount', 1, 1000, { severity: 'quarantine' }),
    // Meters with a wrong clock; and on 4 November 2018 the clocks went back in the middle of some rides.
    check('dropoff_datetime >= pickup_datetime', { name: 'drop-off after pick-up', severity: 'quarantine' }),
    between('pickup_datetime', '2018-01-01', '2021-01-01', { severity: 'quarantine' }),
    between('trip_distance', 0, 500),
    // Charged since January 2019: this warns for every month before, and for that one.
    notNull('congestion_surcharge'),
    // From July 2019 some rides come without them; in the pandemic one in six.
    notNull('passenger_count', { mostly: 0.98 }),
    inSet('vendor_id', ['1', '2', '4']),
  ],

  dataset: {
    // Only what is known when the quote is made: not the distance driven, the time it took, the rate or the tip.
    sql: sql`
      select
        pickup_datetime,
        pickup_location_id,
        dropoff_location_id,
        vendor_id,
        passenger_count,
        fare_amount
      from rides
    `,
    history: [
      history('fare_by_route', {
        of: 'fare_amount',
        by: ['pickup_location_id', 'dropoff_location_id'],
        over: [days(28), days(182)],
      }),
      history('fare_by_pickup', { of: 'fare_amount', by: ['pickup_location_id'], over: [days(28), days(182)] }),
      history('fare_by_dropoff', { of: 'fare_amount', by: ['dropoff_location_id'], over: [days(28), days(182)] }),
    ],
    // The moment itself is an input too: models take its hour, weekday and season apart.
    inputs: [
      'pickup_datetime',
      'pickup_location_id',
      'dropoff_location_id',
      'vendor_id',
      'passenger_count',
      'fare_by_route_28d',
      'fare_by_route_182d',
      'fare_by_pickup_28d',
      'fare_by_pickup_182d',
      'fare_by_dropoff_28d',
      'fare_by_dropoff_182d',
    ],
  },

  candidates: [
    mean({ statistic: 'median' }),
    seasonalNaive(),
    // What a dispatcher would say: what it cost lately from here to there, or else from here.
    rule('coalesce(fare_by_route_28d, fare_by_route_182d, fare_by_pickup_182d, 12)', { name: 'as it was lately' }),
    linear(),
    boostedTrees({ rounds: 150, learningRate: 0.08, leaves: 31 }),
  ],

  evaluation: {
    split: timeSplit({ holdout: days(28), window: days(364) }),
    primary: 'expected-cost',
    slices: ['vendor_id', 'passenger_count'],
    gates: [beats('champion'), beats('as it was lately')],
  },

  release: bigBang(),
  monitor: {
    window: days(28),
    drift: { method: 'jensen-shannon', threshold: 0.1, share: 0.25 },
    performance: { worseBy: 0.15, windows: 2 },
  },
  retrain: { every: days(84), on: ['drift', 'decay'], cooldown: days(28) },
})
