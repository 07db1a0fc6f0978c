import { expect, test } from 'vitest'
import { readMoment } from './read-moment.ts'

test.each<[unknown, string, string]>([
  ['2001-05-10', '2001-05-10T00:00:00.000Z', 'a day starts at midnight'],
  ['2001-05-10T08:30', '2001-05-10T08:30:00.000Z', 'without a zone it is UTC'],
  ['2001-05-10 08:30:15.25', '2001-05-10T08:30:15.250Z', 'a space will do'],
  ['2001-05-10T08:30:15Z', '2001-05-10T08:30:15.000Z', 'UTC'],
  ['2001-05-10T08:30:00+02:00', '2001-05-10T06:30:00.000Z', 'another zone'],
  ['2001-05-10T08:30:00-05', '2001-05-10T13:30:00.000Z', 'a zone in hours'],
  [989483400000, '2001-05-10T08:30:00.000Z', 'epoch milliseconds'],
])('readMoment(%j) is %s: %s', (value, expected) => {
  expect(new Date(readMoment(value) as number).toISOString()).toBe(expected)
})

test.each([
  ['tomorrow'],
  ['2001-02-30'],
  ['2001-13-01'],
  ['2001-05-10T25:00'],
  ['10.05.2001'],
  [NaN],
  [1e17],
  [true],
  [{}],
])('readMoment(%j) is no moment', (value) => {
  expect(readMoment(value)).toBeUndefined()
})
