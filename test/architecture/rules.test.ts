import { describe, expect, test } from 'vitest'
import { rules, sources } from './rules.ts'

const planted: Record<string, { path: string; text: string }> = {
  'the environment is read in platform/config alone': {
    path: 'src/loop/x.ts',
    text: 'export const home = process.env.HOME',
  },
  'time, randomness and ids come through arguments outside platform': {
    path: 'src/loop/x.ts',
    text: 'export const now = Date.now()',
  },
  "Node's HTTP comes from platform/http/node-http, without what an import of it would load": {
    path: 'src/serving/x.ts',
    text: "import { request } from 'node:http'",
  },
  'facts are queried in store and migrations alone': { path: 'src/loop/policy.ts', text: "db.selectFrom('loop_x')" },
  'a component touches its own tables alone': { path: 'src/loop/store.ts', text: "db.selectFrom('tracking_runs')" },
}

describe.each(rules)('$name', (rule) => {
  test('in every source', () => {
    expect(sources().flatMap(rule.broken)).toEqual([])
  })

  test('and a planted violation is found', () => {
    expect(rule.broken(planted[rule.name] as { path: string; text: string })).toHaveLength(1)
  })
})
