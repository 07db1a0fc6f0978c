import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

test.each([
  ['falsePositve', 'falsePositive', 'a letter left out'],
  ['falsePostiive', 'falsePositive', 'two letters swapped'],
  ['false_positive', 'falsePositive', 'written the way of another language'],
  ['boostedTrees', 'boosted-trees', 'the builder instead of the kind'],
  ['bosted-treess', 'boosted-trees', 'two mistakes in a long name'],
  ['Rule', 'rule', 'a capital'],
])('nearestName(%s) is %s: %s', (name, expected) => {
  expect(nearestName(name, ['falsePositive', 'falseNegative', 'boosted-trees', 'rule'])).toBe(expected)
})

test.each([
  ['zebra', 'nothing like any'],
  ['ru', 'too short to tell'],
])('nearestName(%s) is null: %s', (name) => {
  expect(nearestName(name, ['falsePositive', 'rule'])).toBeNull()
})

test('nearestName() of a known name is that name, whatever the others are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), fc.nat(), (names, place) => {
      const name = names[place % names.length] as string
      expect(nearestName(name, names)).toBe(name)
    }),
  )
})

test('nearestName() among none is null', () => {
  expect(nearestName('x', [])).toBeNull()
})
