import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '#platform'
import { metricNames } from '../src/serving/metrics/metrics-text.ts'

describe('the guide to serving', () => {
  let rows: readonly (readonly string[])[]
  beforeAll(async () => {
    const guide = await readFile(new URL('../docs/guides/serving.md', import.meta.url), 'utf8')
    rows = [...guide.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, rest]) => [name as string, rest as string])
  })

  test('names every metric, with what it says', () => {
    expect(rows.filter(([name]) => name?.startsWith('millrace_'))).toEqual(
      metricNames.map(({ name, help }) => [name, help]),
    )
  })

  test('gives each setting the default that it has', () => {
    const config: Readonly<Record<string, string | number | undefined>> = readConfig({})
    const settings = rows.filter(([name]) => name?.startsWith('MILLRACE_'))
    expect(settings.length).toBeGreaterThan(10)
    for (const [name = '', rest = ''] of settings) {
      const [, told] = /^`?([^`|]+?)`? \|/.exec(rest) ?? []
      expect([name, told]).toEqual([name, String(config[name] ?? inWords[name])])
    }
  })
})

/** What the guide says of settings whose default is no value. */
const inWords: Readonly<Record<string, string>> = {
  MILLRACE_GRPC_PORT: 'none',
  MILLRACE_SERVING_PROCESSES: 'the cores',
}
