import { expect, test } from 'vitest'
import { nearestName, suggestion } from './nearest-name.ts'

test.each<[string, string[], string | undefined, string]>([
  ['orign', ['origin', 'destination'], 'origin', 'one letter is missing'],
  ['flihgts', ['flags', 'flights'], 'flights', 'two letters are swapped'],
  ['Late', ['late', 'later'], 'late', 'capital letters make no difference'],
  ['lat', ['lon', 'late'], 'late', 'the fewest edits win'],
  ['price', ['origin', 'destination'], undefined, 'nothing is near'],
  ['x', [], undefined, 'there is nothing'],
])('nearestName(%s) of %j is %s: %s', (given, names, nearest) => {
  expect(nearestName(given, names)).toBe(nearest)
})

test('suggestion() names what was meant and what there is', () => {
  expect(suggestion('orign', ['origin', 'hour'])).toBe("; did you mean 'origin'? Known: origin, hour")
  expect(suggestion('price', ['origin', 'hour'])).toBe('; known: origin, hour')
})

test('suggestion() does not list hundreds of names', () => {
  const names = Array.from({ length: 100 }, (_, place) => `column${place}`)
  expect(suggestion('price', names)).toMatch(/column29 and 70 more$/)
})
