import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, contentHash } from './canonical-json.ts'
import { iso, virtualClock } from './clock.ts'
import { durationMs, isDuration, longestDuration } from './duration.ts'
import { defineFailures, isFailure } from './failure.ts'
import { seededIds } from './ids.ts'
import { seededRandom } from './random.ts'
import { cellOf, numberColumn, stringColumn, stringsOf, takeRows } from './table.ts'

describe('canonicalJson()', () => {
  test('gives equal text for equal values, whatever the order of their keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: true })).toBe('{"a":true,"b":[1,{"c":"é","d":null}]}')
    expect(contentHash({ a: 1, b: 2 })).toBe(contentHash({ b: 2, a: 1 }))
  })

  test('is read back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson({ a: NaN })).toThrow('not finite')
  })
})

describe('isDuration()', () => {
  test.each([
    ['0d', true],
    [longestDuration, true],
    ['100001d', false],
    ['99999999999999999999d', false],
    ['soon', false],
  ])('%s: %s', (text, expected) => expect(isDuration(text)).toBe(expected))

  test('holds only spans whose moments can be written, before and after today', () => {
    const now = Date.UTC(2100, 0, 1)
    for (const sign of [-1, 1]) expect(iso(now + sign * durationMs(longestDuration))).toMatch(/^.?\d+-\d\d-\d\dT/)
  })
})

describe('durationMs()', () => {
  test.each([
    ['250ms', 250],
    ['15m', 900_000],
    ['36h', 129_600_000],
    ['28d', 2_419_200_000],
  ])('reads %s as %d', (text, expected) => expect(durationMs(text)).toBe(expected))

  test.each(['', '5', 'd', '-1d', '1 day', '1w'])("refuses '%s' and says how to write it", (text) => {
    expect(() => durationMs(text)).toThrow('expected a number and a unit')
  })
})

describe('virtualClock()', () => {
  test('stands still until it is moved, and never goes back', () => {
    const clock = virtualClock(5)
    clock.advanceTo(9)
    expect(clock.now()).toBe(9)
    expect(() => clock.advanceTo(8)).toThrow(RangeError)
  })

  test('iso() writes UTC without empty milliseconds', () => expect(iso(981_000_000_000)).toBe('2001-02-01T04:00:00Z'))
})

describe('seededRandom()', () => {
  test('gives the same stream for the same seed, and others for other seeds and labels', () => {
    const draw = (random = seededRandom(1)) => Array.from({ length: 5 }, () => random.next())
    expect(draw()).toEqual(draw())
    expect(draw(seededRandom(2))).not.toEqual(draw())
    expect(draw(seededRandom(1).fork('a'))).not.toEqual(draw(seededRandom(1).fork('b')))
  })

  test('is uniform: the mean of 100,000 draws is a half to 0.005', () => {
    const random = seededRandom('mean')
    let sum = 0
    for (let i = 0; i < 100_000; i++) sum += random.next()
    expect(Math.abs(sum / 100_000 - 0.5)).toBeLessThan(0.005)
  })

  test('shuffle() keeps every item', () => {
    expect(
      seededRandom(3)
        .shuffle([1, 2, 3, 4])
        .sort((a, b) => a - b),
    ).toEqual([1, 2, 3, 4])
  })

  test('ids of one seed and clock are the same, and sort by time', () => {
    const make = (at: number) => seededIds(virtualClock(at), seededRandom(1)).next('run')
    expect(make(1000)).toBe(make(1000))
    expect(make(1000) < make(2000)).toBe(true)
  })
})

describe('tables of columns', () => {
  test('text goes through its dictionary and comes back, nulls included', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string())), (values) => {
        const column = stringColumn(values)
        expect(stringsOf({ rowCount: values.length, columns: { column } }, 'column')).toEqual(values)
      }),
    )
  })

  test('takeRows() gives the rows asked for, in that order', () => {
    const table = { rowCount: 3, columns: { n: numberColumn([1, null, 3]), s: stringColumn(['a', 'b', null]) } }
    const taken = takeRows(table, [2, 0])
    expect([0, 1].map((row) => Object.values(taken.columns).map((column) => cellOf(column, row)))).toEqual([
      [3, null],
      [1, 'a'],
    ])
  })
})

describe('defineFailures()', () => {
  const fail = defineFailures('values-test', { gone: { status: 404, means: 'It is gone', remedy: 'Look elsewhere' } })

  test('makes errors with code, status and remedy of the catalogue', () => {
    const failure = fail('gone', 'Cannot find it: it is gone', { details: { name: 'it' } })
    expect(failure).toMatchObject({ code: 'values-test/gone', status: 404, retry: false, remedy: 'Look elsewhere' })
    expect(isFailure(failure)).toBe(true)
    expect(isFailure(new Error('x'))).toBe(false)
  })
})
