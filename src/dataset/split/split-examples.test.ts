import * as fc from 'fast-check'
import { isFailure, numberColumn, seededRandom, stringColumn } from '#platform'
import type { SplitSpec } from '#system'
import { expect, test } from 'vitest'
import type { Examples, Split } from '../schema.ts'
import { splitExamples } from './split-examples.ts'

const day = 86_400_000

interface Row {
  readonly at: number
  readonly known: boolean
  readonly place: string | null
}

function examplesOf(rows: readonly Row[], { timed = true } = {}): Examples {
  return {
    table: {
      rowCount: rows.length,
      columns: {
        place: stringColumn(rows.map((row) => row.place)),
        kind: numberColumn(rows.map((row) => row.at % 2)),
      },
    },
    target: { kind: 'numbers', values: Float64Array.from(rows, () => 1) },
    known: Uint8Array.from(rows, (row) => Number(row.known)),
    times: timed ? Float64Array.from(rows, (row) => row.at) : null,
    rowNumbers: Float64Array.from(rows, (_, place) => place),
    outcomeAfterMs: day,
  }
}

const rows = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 40 }).map((days) => (days * day) / 2),
    known: fc.boolean(),
    place: fc.constantFrom('a', 'b', 'c', 'd', null),
  }),
  { minLength: 30, maxLength: 80 },
)
const splits = fc.constantFrom<SplitSpec>(
  { kind: 'time', holdout: '5d' },
  { kind: 'time', holdout: '3d', window: '6d' },
  { kind: 'random', share: 0.3 },
  { kind: 'group', by: ['place'], share: 0.4 },
  { kind: 'k-fold', folds: 3 },
  { kind: 'k-fold', folds: 2, by: ['place', 'kind'] },
)
const options = () => ({ nowMs: 19 * day, random: seededRandom(7) })

/** The parts, or none where the rows do not suffice for this split. */
function splitOrNone(examples: Examples, split: SplitSpec): readonly Split[] {
  try {
    return splitExamples(examples, split, options())
  } catch (error) {
    if (isFailure(error) && error.code === 'dataset/emptySplit') return []
    throw error
  }
}

test('splitExamples() gives known rows only, ascending, none to both parts, and the same for the same seed', () => {
  fc.assert(
    fc.property(rows, splits, (random, split) => {
      const examples = examplesOf(random)
      const parts = splitOrNone(examples, split)
      for (const { train, test } of parts) {
        expect([...train]).toEqual([...new Set(train)].sort((a, b) => a - b))
        expect([...test]).toEqual([...new Set(test)].sort((a, b) => a - b))
        expect([...train].filter((row) => test.includes(row))).toEqual([])
        expect([...train, ...test].every((row) => random[row]?.known)).toBe(true)
      }
      expect(splitOrNone(examples, split)).toEqual(parts)
    }),
  )
})

test('splitExamples() by time trains on nothing whose outcome was not known when the holdout starts', () => {
  fc.assert(
    fc.property(rows, (random) => {
      for (const { train, test } of splitOrNone(examplesOf(random), { kind: 'time', holdout: '5d' })) {
        const border = 19 * day - day - 5 * day
        for (const row of train) expect((random[row] as Row).at + day).toBeLessThanOrEqual(border)
        for (const row of test) expect((random[row] as Row).at).toBeGreaterThan(border)
      }
    }),
  )
})

test('splitExamples() by time, by hand: holdout, embargo and window', () => {
  const daily = Array.from({ length: 20 }, (_, at) => ({ at: at * day, known: at <= 18, place: 'a' }))
  const [part] = splitExamples(examplesOf(daily), { kind: 'time', holdout: '3d', window: '6d' }, options())
  // Known are days up to 18; held out are 16, 17, 18; at the start of day 15 day 14 was known; the window starts after 9.
  expect([...(part?.test ?? [])]).toEqual([16, 17, 18])
  expect([...(part?.train ?? [])]).toEqual([10, 11, 12, 13, 14])
  expect(part?.label).toBe('1970-01-16T00:00:00Z to 1970-01-19T00:00:00Z')
})

test('splitExamples() by group keeps every group on one side, missing values being one', () => {
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom<SplitSpec>(
        { kind: 'group', by: ['place'], share: 0.4 },
        { kind: 'k-fold', folds: 2, by: ['place'] },
      ),
      (random, split) => {
        for (const { train, test } of splitOrNone(examplesOf(random), split)) {
          const trained = new Set([...train].map((row) => (random[row] as Row).place))
          expect([...test].filter((row) => trained.has((random[row] as Row).place))).toEqual([])
        }
      },
    ),
  )
})

test('splitExamples() into folds tests every known row once', () => {
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom<SplitSpec>({ kind: 'k-fold', folds: 4 }, { kind: 'k-fold', folds: 2, by: ['place'] }),
      (random, split) => {
        const parts = splitOrNone(examplesOf(random), split)
        if (parts.length === 0) return
        const tested = parts.flatMap((part) => [...part.test]).sort((a, b) => a - b)
        expect(tested).toEqual(random.flatMap((row, place) => (row.known ? [place] : [])))
      },
    ),
  )
})

test('splitExamples() at random holds the share out', () => {
  const many = examplesOf(
    Array.from({ length: 1000 }, (_, at) => ({ at, known: true, place: 'a' })),
    { timed: false },
  )
  const [part] = splitExamples(many, { kind: 'random', share: 0.2 }, options())
  expect(part?.test).toHaveLength(200)
  expect(part?.train).toHaveLength(800)
})

const few = [{ at: 0, known: true, place: 'a' }]

test.each<[string, string, Examples, SplitSpec]>([
  ['emptySplit', 'has 1 to train on and 0 to test on; 1 of 1 rows', examplesOf(few), { kind: 'time', holdout: '5d' }],
  ['emptySplit', 'has 0 to train on and 1 to test on', examplesOf(few), { kind: 'random', share: 0.5 }],
  [
    'emptySplit',
    'has 2 to train on and 0 to test on',
    examplesOf([...few, ...few]),
    { kind: 'group', by: ['place'], share: 0.5 },
  ],
  ['noTime', 'has no time column', examplesOf(few, { timed: false }), { kind: 'time', holdout: '5d' }],
  [
    'unknownColumn',
    "by 'plaec': they were read without it; did you mean 'place'?",
    examplesOf(few),
    { kind: 'group', by: ['plaec'], share: 0.5 },
  ],
])('splitExamples() fails with %s: %s', (code, message, examples, split) => {
  expect(() => splitExamples(examples, split, options())).toThrow(
    expect.objectContaining({ code: `dataset/${code}`, message: expect.stringContaining(message) }),
  )
})
