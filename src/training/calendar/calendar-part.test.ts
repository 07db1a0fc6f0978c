import * as fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '#model'
import { calendarPart, calendarParts, farthestMs, numberArithmetic } from './calendar-part.ts'
import { graphArithmetic } from './graph-arithmetic.ts'

const of = (part: (typeof calendarParts)[number], iso: string): number =>
  calendarPart(numberArithmetic, part, Date.parse(iso))

describe('calendarPart()', () => {
  test('agrees with the JavaScript calendar at any moment', () => {
    fc.assert(
      fc.property(fc.double({ min: -farthestMs, max: farthestMs, noNaN: true }), (ms) => {
        const date = new Date(Math.floor(ms))
        expect({
          year: calendarPart(numberArithmetic, 'year', ms),
          month: calendarPart(numberArithmetic, 'month', ms),
          day: calendarPart(numberArithmetic, 'day', ms),
          dayofweek: calendarPart(numberArithmetic, 'dayofweek', ms),
          hour: calendarPart(numberArithmetic, 'hour', ms),
          minute: calendarPart(numberArithmetic, 'minute', ms),
          second: calendarPart(numberArithmetic, 'second', ms),
        }).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          dayofweek: date.getUTCDay(),
          hour: date.getUTCHours(),
          minute: date.getUTCMinutes(),
          second: date.getUTCSeconds(),
        })
      }),
      { numRuns: 2000, seed: 1 },
    )
  })

  test.each([
    ['2001-01-01', 1, 'a year that starts on a Monday'],
    ['2005-01-02', 53, 'a Sunday that belongs to the last week of the year before'],
    ['2007-12-31', 1, 'a Monday that belongs to the first week of the next year'],
    ['2020-12-31', 53, 'a leap year of 53 weeks'],
  ])('gives the week of ISO 8601 for %s: %i, %s', (iso, week) => {
    expect(of('week', iso)).toBe(week)
  })

  test('counts quarters, days of the year and days of the week', () => {
    expect(['01', '03', '04', '12'].map((month) => of('quarter', `2001-${month}-15`))).toEqual([1, 1, 2, 4])
    expect([of('dayofyear', '2000-12-31'), of('dayofyear', '1900-12-31')]).toEqual([366, 365])
    expect([of('isodow', '2001-01-01'), of('isodow', '2001-01-07')]).toEqual([1, 7])
  })

  test('is NaN for a missing moment', () => {
    expect(calendarParts.map((part) => calendarPart(numberArithmetic, part, NaN))).toEqual(calendarParts.map(() => NaN))
  })

  test('gives the same in a graph', async () => {
    const graph = new GraphBuilder('calendar')
    const ms = graph.input('ms', 'double', ['N', 1])
    for (const part of calendarParts) {
      graph.node('Identity', [calendarPart(graphArithmetic(graph), part, ms)], { as: part })
      graph.output(part, 'double', ['N', 1])
    }
    const session = await InferenceSession.create(graph.build({}))
    const moments = fc.sample(fc.double({ min: -farthestMs, max: farthestMs, noNaN: true }), { numRuns: 2000, seed: 2 })
    const edges = ['1970-01-01', '1969-12-31T23:59:59.999Z', '2000-02-29', '1900-03-01'].map((iso) => Date.parse(iso))
    const values = Float64Array.from([...moments, ...edges, farthestMs, -farthestMs, NaN])
    const found = await session.run({ ms: new Tensor('float64', values, [values.length, 1]) })
    for (const part of calendarParts)
      expect(found[part]?.data).toEqual(values.map((value) => calendarPart(numberArithmetic, part, value)))
    await session.release()
  })
})
