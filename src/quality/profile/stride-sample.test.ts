import { expect, test } from 'vitest'
import { strideSample } from './stride-sample.ts'

const feed = (capacity: number, values: number[]) => {
  const sample = strideSample(capacity)
  for (let start = 0; start < values.length; start += 7) sample.add(Float64Array.from(values.slice(start, start + 7)))
  return sample
}

test('strideSample() holds every value while there is room', () => {
  const sample = feed(8, [3, NaN, 1, 1, Infinity, -2])
  expect(sample.occurrences()).toEqual({ values: [-2, 1, 3], counts: [1, 2, 1] })
  expect(sample.range()).toEqual({ min: -2, max: 3 })
})

test('strideSample() holds every k-th value later, and the range of all', () => {
  const sample = feed(
    8,
    Array.from({ length: 50 }, (_, place) => place),
  )
  expect(sample.occurrences().values).toEqual([0, 8, 16, 24, 32, 40, 48])
  expect(sample.range()).toEqual({ min: 0, max: 49 })
})

test('strideSample() without a number has no range', () => {
  expect(feed(8, [NaN]).range()).toBeNull()
})
