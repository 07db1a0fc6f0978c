import { describe, expect, test } from 'vitest'
import { doNothing } from './do-nothing.ts'

const past = { kind: 'classes' as const, classes: ['a', 'b', 'c'], labels: Int32Array.from([2, 1, 1, 2, 0]) }

describe('doNothing()', () => {
  test('decides every row of a binary task negative, whatever the past', () => {
    const all = { kind: 'classes' as const, classes: ['no', 'yes'], labels: Int32Array.from([1, 1]) }
    expect(doNothing('binary', { past: all, rows: 3 })).toEqual({ ...all, labels: Int32Array.from([0, 0, 0]) })
  })

  test('sends everything where most of the past went, the first of equal classes', () => {
    expect(doNothing('multiclass', { past, rows: 2 })).toEqual({ ...past, labels: Int32Array.from([1, 1]) })
  })

  test('takes every number to be the mean of the past', () => {
    const numbers = { kind: 'numbers' as const, values: Float64Array.from([1, 2, 6]) }
    expect(doNothing('regression', { past: numbers, rows: 2 })).toEqual({
      ...numbers,
      values: Float64Array.from([3, 3]),
    })
  })

  test('refuses a past of another task, and an empty one', () => {
    expect(() => doNothing('regression', { past, rows: 1 })).toThrow(
      expect.objectContaining({ code: 'evaluation/taskDiffers' }),
    )
    expect(() => doNothing('multiclass', { past: { ...past, labels: new Int32Array(0) }, rows: 1 })).toThrow(
      expect.objectContaining({ code: 'evaluation/noRows' }),
    )
  })
})
