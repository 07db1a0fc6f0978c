import { describe, expect, test } from 'vitest'
import { explanationText } from './explanation-text.ts'

const prediction = { id: 'prediction_1', version: 3, versionId: 'version_1', arm: 'champion' } as const

describe('explanationText()', () => {
  test('shows the answer, the base and the contributions by size', () => {
    const outputs = [{ label: 'late', base: -1, score: 0.5, contributions: { hour: 0.25, distance: 2, origin: -0.75 } }]
    const given = {
      label: 'late',
      probability: 0.62246,
      decision: 'late',
      explanation: { scale: 'log-odds', outputs },
    } as const
    expect(explanationText({ ...prediction, ...given }).split('\n')).toEqual([
      'prediction_1: late, probability 0.62246, decided late (version 3)',
      'log-odds of late 0.5, made of',
      '  base      −1',
      '  distance  +2',
      '  origin    −0.75',
      '  hour      +0.25',
    ])
  })

  test('shows of several classes the most probable one', () => {
    const outputs = ['a', 'b'].map((label, k) => ({ label, base: 0, score: k, contributions: { x: k } }))
    const given = { label: 'b', probability: 0.7, explanation: { scale: 'margin', outputs } } as const
    expect(explanationText({ ...prediction, ...given })).toContain('margin of b 1, made of')
  })

  test('shows the number of a regression', () => {
    const outputs = [{ base: 10, score: 12.5, contributions: { x: 2.5 } }]
    const text = explanationText({ ...prediction, value: 12.5, explanation: { scale: 'value', outputs } })
    expect(text).toBe('prediction_1: 12.5 (version 3)\nvalue 12.5, made of\n  base  +10\n  x     +2.5')
  })
})
