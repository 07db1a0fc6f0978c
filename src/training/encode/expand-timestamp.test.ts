import * as fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '#model'
import { expandTimestamp, timestampNodes } from './expand-timestamp.ts'
import { timestampPartNames } from './timestamp-parts.ts'

const yearMs = 365.25 * 86_400_000

describe('expandTimestamp()', () => {
  test('reads what the calendar says', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(-1900 * yearMs), max: new Date(1000 * yearMs), noInvalidDate: true }),
        (date) => {
          const parts = expandTimestamp(Float64Array.of(date.getTime()))
          expect(parts.hour[0]).toBe(date.getUTCHours())
          expect(parts.dayOfWeek[0]).toBe((date.getUTCDay() + 6) % 7)
          expect(parts.dayOfMonth[0]).toBe(date.getUTCDate())
          expect(parts.month[0]).toBe(date.getUTCMonth() + 1)
          expect(parts.dayOfYear[0]).toBe(dayOfYear(date))
          expect(parts.day[0]).toBe(Math.floor(date.getTime() / 86_400_000))
          expect(parts.timeOfDay[0]).toBeCloseTo(
            date.getUTCHours() +
              date.getUTCMinutes() / 60 +
              (date.getUTCSeconds() + date.getUTCMilliseconds() / 1000) / 3600,
            6,
          )
        },
      ),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['2000-02-29T23:59:59.999Z', { month: 2, dayOfMonth: 29, dayOfYear: 60, dayOfWeek: 1, hour: 23 }],
    ['2000-12-31T12:30:00Z', { month: 12, dayOfYear: 366, timeOfDay: 12.5 }],
    ['1900-03-01T00:00:00Z', { month: 3, dayOfMonth: 1, dayOfYear: 60, hour: 0 }],
    ['1970-01-01T00:00:00Z', { day: 0, dayOfWeek: 3, dayOfYear: 1 }],
  ])('places %s', (moment, expected) => {
    const parts = expandTimestamp(Float64Array.of(Date.parse(moment)))
    for (const [name, value] of Object.entries(expected)) expect(parts[name as keyof typeof parts][0]).toBe(value)
  })

  test('leaves every part of a missing moment missing', () => {
    for (const values of Object.values(expandTimestamp(Float64Array.of(NaN)))) expect(values[0]).toBeNaN()
  })
})

test('timestampNodes() makes the same parts as expandTimestamp(), bit for bit', async () => {
  const graph = new GraphBuilder('timestamp')
  const parts = timestampNodes(graph, graph.input('at', 'double', ['N', 1]))
  for (const name of timestampPartNames) {
    graph.node('Identity', [parts[name]], { as: name })
    graph.output(name, 'double', ['N', 1])
  }
  const session = await InferenceSession.create(graph.build({}))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.double({ min: -6e13, max: 6e13 }), fc.maxSafeInteger(), fc.constant(NaN)), { minLength: 1 }),
      async (moments) => {
        const values = Float64Array.from(moments)
        const found = await session.run({ at: new Tensor('float64', values, [values.length, 1]) })
        const expected = expandTimestamp(values)
        for (const name of timestampPartNames) expect(found[name]?.data).toEqual(expected[name])
      },
    ),
  )
})

function dayOfYear(date: Date): number {
  const midnight = new Date(date).setUTCHours(0, 0, 0, 0)
  const newYear = new Date(midnight).setUTCMonth(0, 1)
  return Math.round((midnight - newYear) / 86_400_000) + 1
}
