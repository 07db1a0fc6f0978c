/**
 * Flight delay: as an aircraft leaves the gate, will it arrive more than 15 minutes late? Then passengers with a
 * connection are booked onto a later one before they miss theirs.
 *
 * The whole system stands in this file. Try it:
 *
 *     npx millrace rehearse examples/flight-delay    how it would have done from February to June 2001
 *     npx millrace plan examples/flight-delay        what applying the file would change, and cause
 *     npx millrace up examples/flight-delay          run it: pull, train, release, serve, watch, retrain
 */
import {
  beats,
  between,
  boostedTrees,
  canary,
  check,
  days,
  defineSystem,
  fresh,
  history,
  hours,
  logistic,
  majority,
  matches,
  notNull,
  parquet,
  rowCount,
  rule,
  sql,
  timeSplit,
} from 'millrace'

export default defineSystem({
  name: 'flight-delay',

  // Why the system exists. Everything below is judged by this.
  objective: {
    statement: 'Fewer passengers are stranded: rebook them before a late arrival',
    owner: 'ops-desk',
    stakeholders: [
      { name: 'passengers', wants: 'to reach their destination on the day they booked' },
      { name: 'ops-desk', wants: 'to rebook early, and not in vain' },
    ],
    metric: 'disruption cost',
    unit: 'USD per 1000 flights',
    direction: 'down',
    // What it costs to do nothing. The desk's own rule (below) saves just under 36 % of it: less would not be worth a model.
    // Set after rehearsals of these months had shown what can be reached.
    baseline: 17_900,
    target: -0.36,
    by: '2001-06-30',
    keyResult: 'H1 KR3',
  },

  // The problem as a model sees it, and what each answer costs. These four figures set the threshold, pass or refuse a
  // model, judge a canary and price the report.
  framing: {
    task: 'binary',
    entity: ['origin', 'destination', 'date'],
    target: 'late',
    time: 'date',
    outcomeAfter: days(1),
    cost: {
      currency: 'USD',
      falseNegative: 90, // a late flight that nobody saw coming: stranded passengers
      falsePositive: 12, // rebooked in vain
      truePositive: 12, // rebooked in time
      trueNegative: 0,
    },
    per: 1000,
  },

  // 3,000,000 flights within the United States, January to June 2001, of the Bureau of Transportation Statistics.
  // `date` is the departure, `delay` the minutes by which the arrival was late.
  sources: {
    flights: parquet('../../node_modules/vega-datasets/data/flights-3m.parquet', { time: 'date' }),
  },

  // What must hold of the rows. A row that breaks a 'quarantine' check is put aside with the reason; a broken 'stop'
  // check stops the loop.
  checks: [
    notNull('date', { severity: 'stop' }),
    notNull('origin', { severity: 'quarantine' }),
    notNull('destination', { severity: 'quarantine' }),
    matches('origin', /^[A-Z]{3}$/),
    matches('destination', /^[A-Z]{3}$/),
    check('origin <> destination', { name: 'flies somewhere else', severity: 'quarantine' }),
    between('distance', 20, 6000, { severity: 'quarantine' }),
    // Eleven arrivals are two hours early or a day late: slips of the pen that a mean would feel.
    between('delay', -120, 1440, { severity: 'quarantine' }),
    rowCount({ min: 1000 }),
    fresh(hours(36), { column: 'date' }),
  ],

  // The table that models learn from, and the same columns for every live request.
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
    // How it went lately, from the outcomes that were known by then: a flight's outcome is known a day later, so no
    // value looks into the future, neither in training nor in a rehearsal.
    history: [
      history('late_by_origin', { of: 'late', by: ['origin'], over: [days(1), days(7), days(28)] }),
      history('late_by_destination', { of: 'late', by: ['destination'], over: [days(1), days(7), days(28)] }),
      history('late_by_route', { of: 'late', by: ['origin', 'destination'], over: [days(1), days(7), days(28)] }),
      history('late_by_hour', { of: 'late', by: ['hour'], over: [days(1), days(7), days(28)] }),
    ],
    types: { hour: 'numeric', weekday: 'categorical' },
  },

  // Up the ladder: nothing, the desk's rule, a simple model, a complex one. A step up is taken only when it beats the
  // step below by its whole interval.
  candidates: [
    majority(),
    // What the desk goes by: delays pile up over the day, and whoever leaves in the small hours is late already.
    rule('hour >= 10 or hour < 5', { name: 'later in the day' }),
    // Next week is never quite like the last eight, so both are held back: single airports weigh little against the
    // history.
    logistic({ l2: 500 }),
    boostedTrees({ rounds: 100, learningRate: 0.06, leaves: 15, minLeafRows: 300 }),
  ],

  evaluation: {
    // Learn from eight weeks (or as many as there are), and be judged on the newest.
    split: timeSplit({ holdout: days(7), window: days(56) }),
    primary: 'expected-cost',
    slices: ['origin', 'weekday'],
    minSliceRows: 200,
    // What is not better than what serves, and than no ML, is not released.
    gates: [beats('champion'), beats('later in the day')],
    maxRows: 100_000,
  },

  // A new version first answers one flight in twenty. Each step bakes for a day and is judged by outcomes.
  release: canary({ steps: [0.05, 0.25, 1], bake: hours(24), minSamples: 500 }),

  monitor: {
    window: days(1),
    drift: { method: 'jensen-shannon', threshold: 0.1, share: 0.3 },
    performance: { worseBy: 0.1, windows: 3 },
  },

  // Every four weeks, and when the realised cost decays. Drift alone is shown but trains nothing: the late shares of the
  // last days drift with the weather, and the model is told of it by those very columns.
  retrain: { every: days(28), on: ['decay'], cooldown: days(7) },
  seed: 1,
})
