import { expect, test } from 'vitest'
import { sampleInput } from '../fixtures/sample-input.ts'
import type { SystemInput } from '../schema.ts'
import { parseSystem } from './parse-system.ts'

const parse = (serving: SystemInput['serving'], inputs?: string[]) => {
  const { dataset, ...rest } = sampleInput()
  return parseSystem({ ...rest, serving, dataset: { ...dataset, ...(inputs ? { inputs } : {}) } })
}

test('parseSystem() takes what serving says, and keeps every prediction whole where it says nothing of the log', () => {
  expect(parse({ timeoutMs: 100 }).serving).toEqual({ timeoutMs: 100, log: { sample: 1, withhold: [] } })
  expect(parse({ log: { sample: 0.1, withhold: ['distance'] } }).serving?.log.withhold).toEqual(['distance'])
  expect('serving' in parse(undefined)).toBe(false)
})

test.each<[string, SystemInput['serving'], string[] | undefined, string]>([
  [
    'what names the entity',
    { log: { withhold: ['distance', 'origin'] } },
    undefined,
    "serving.log.withhold[1] is 'origin', which names the entity: outcomes find their prediction by it",
  ],
  ['the target', { log: { withhold: ['late'] } }, undefined, "serving.log.withhold[0] is 'late', the target"],
  [
    'what models do not see',
    { log: { withhold: ['ssn'] } },
    ['distance'],
    "serving.log.withhold[0] is 'ssn', which models do not see, so that it is not kept anyway; expected one of 'distance'",
  ],
  ['a sample of nothing', { log: { sample: 0 } }, undefined, 'serving.log.sample is 0; expected more than 0'],
])('parseSystem() refuses to withhold or keep %s', (_, serving, inputs, expected) => {
  expect(() => parse(serving, inputs)).toThrow(expected)
})
