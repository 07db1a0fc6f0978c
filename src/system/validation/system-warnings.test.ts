import { expect, test } from 'vitest'
import { sampleInput } from '../fixtures/sample-input.ts'
import type { SystemInput } from '../schema.ts'
import { parseSystem } from './parse-system.ts'
import { systemWarnings } from './system-warnings.ts'

const warningsOf = (change: Partial<SystemInput>, nowMs = Date.UTC(2001, 5, 30, 12)): readonly string[] =>
  systemWarnings(parseSystem({ ...sampleInput(), ...change }), { nowMs })
const { framing, evaluation } = sampleInput()
const cost = { currency: 'USD', falseNegative: 90, falsePositive: 12 }

test('systemWarnings() has nothing to say of a system that is right, to the end of its last day', () => {
  expect(warningsOf({})).toEqual([])
})

test.each<[string, Partial<SystemInput>, string]>([
  ['SQL that reads no source', { dataset: { sql: 'select 1 as late' } }, 'dataset.sql reads no source'],
  [
    'models without a baseline',
    { candidates: [{ kind: 'logistic' }], evaluation: { ...evaluation, gates: [{ kind: 'beats', what: 'champion' }] } },
    'nothing without ML',
  ],
  [
    'a canary that waits for a small sample',
    { release: { strategy: 'canary', minSamples: 500 }, serving: { log: { sample: 0.01 } } },
    'waits for about 50000 predictions',
  ],
  ['no gates', { evaluation: { ...evaluation, gates: [] } }, 'evaluation.gates are empty'],
  [
    'acting that never pays',
    { framing: { ...framing, cost: { ...cost, truePositive: 95 } } },
    'never acting is always best',
  ],
  [
    'acting that always pays',
    { framing: { ...framing, cost: { ...cost, falsePositive: -1 } } },
    'always acting is best',
  ],
])('systemWarnings() mentions %s', (_, change, expected) => {
  expect(warningsOf(change)).toEqual([expect.stringContaining(expected)])
})

test('systemWarnings() mentions a date that is over, where it is told the time', () => {
  expect(warningsOf({}, Date.UTC(2001, 6, 1))).toEqual([
    expect.stringContaining('objective.by is 2001-06-30, which is over'),
  ])
  expect(systemWarnings(parseSystem(sampleInput()))).toEqual([])
})
