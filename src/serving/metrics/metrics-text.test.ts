import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addingModel } from '../fixtures/engine-graphs.ts'
import { askHost, hostedFile, openTestHost } from '../fixtures/model-host.ts'
import { numbers } from '../fixtures/model-queue.ts'
import { metricNames, metricsText } from './metrics-text.ts'
import { servingCounts, type ServingCounts } from './serving-counts.ts'

interface Family {
  readonly type: string
  readonly samples: { readonly name: string; readonly labels: Record<string, string>; readonly value: number }[]
}

/** Reads Prometheus' text format, and nothing else. */
function parse(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new SyntaxError('The last line has to end')
  const families = new Map<string, Family>()
  let help: string | undefined
  let family: Family | undefined
  let name = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const helped = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
    const typed = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line)
    const sampled = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (\d+(?:\.\d+)?(?:e-?\d+)?)$/.exec(line)
    if (helped) help = helped[1]
    else if (typed) {
      name = typed[1] as string
      if (help !== name || families.has(name)) throw new SyntaxError(`${name} has no help, or comes twice`)
      family = { type: typed[2] as string, samples: [] }
      families.set(name, family)
    } else if (sampled) {
      const [, of, labels, value] = sampled as unknown as [string, string, string, string]
      const suffixes = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
      if (!suffixes.some((suffix) => of === name + suffix)) throw new SyntaxError(`${of} stands under ${name}`)
      family?.samples.push({ name: of, labels: parseLabels(labels), value: Number(value) })
    } else throw new SyntaxError(`No line of the format: ${line}`)
  }
  return families
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const found = /^([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?!$)|$)/.exec(rest)
    if (!found) throw new SyntaxError(`No labels: ${text}`)
    const escapes: Record<string, string> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' }
    labels[found[1] as string] = (found[2] as string).replaceAll(/\\./g, (escape) => escapes[escape] as string)
    rest = rest.slice(found[0].length)
  }
  return labels
}

const none = { bounds: [0.1, 1], counts: [0, 0, 0], sum: 0 }
const counted = (model: string, more: Partial<ServingCounts['models'][number]> = {}): ServingCounts => ({
  openModels: 1,
  openModelBytes: 10,
  evictedModels: 0,
  residentBytes: 100,
  cpuSeconds: 0.5,
  models: [
    {
      model,
      version: '1',
      succeeded: 1,
      failed: 0,
      rejected: 0,
      expired: 0,
      shadowDropped: 0,
      rows: 2,
      inFlight: 0,
      histograms: { queue: none, run: none, total: none, batch: none },
      ...more,
    },
  ],
})
const sample = (families: Map<string, Family>, name: string, labels: Record<string, string>): number | undefined => {
  const family = [...families].find(
    ([of]) => name === of || (name.startsWith(of) && /^_(bucket|sum|count)$/.test(name.slice(of.length))),
  )
  return family?.[1].samples.find(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  )?.value
}

describe('metricsText()', () => {
  test('names every metric that is documented, and no other', () => {
    const families = parse(metricsText([counted('adds')]))
    expect([...families].map(([name, { type }]) => [name, type])).toEqual(
      metricNames.map(({ name, type }) => [name, type]),
    )
    for (const { name, labels } of metricNames)
      expect(Object.keys(families.get(name)?.samples[0]?.labels ?? {})).toEqual(expect.arrayContaining([...labels]))
  })

  test('is of the format for a server that has served nothing', () => {
    expect([...parse(metricsText([])).values()].flatMap(({ samples }) => samples)).toEqual([])
  })

  test('adds up one version over all processes, and keeps processes apart', () => {
    const histogram = (counts: readonly number[], sum: number) => ({ bounds: [0.1, 1], counts, sum })
    const histograms = { queue: none, total: none, batch: none }
    const families = parse(
      metricsText([
        counted('adds', { succeeded: 3, histograms: { ...histograms, run: histogram([1, 2, 0], 0.75) } }),
        counted('adds', { succeeded: 4, histograms: { ...histograms, run: histogram([0, 3, 1], 5.5) } }),
        counted('other'),
      ]),
    )
    const of = (name: string, labels: Record<string, string> = { model: 'adds' }) => sample(families, name, labels)
    expect([
      of('millrace_inference_succeeded_total'),
      of('millrace_inference_succeeded_total', { model: 'other' }),
    ]).toEqual([7, 1])
    const run = 'millrace_inference_run_seconds'
    expect(['0.1', '1', '+Inf'].map((le) => of(`${run}_bucket`, { model: 'adds', le }))).toEqual([1, 6, 7])
    expect([of(`${run}_sum`), of(`${run}_count`)]).toEqual([6.25, 7])
    expect(families.get('millrace_serving_resident_bytes')?.samples.map(({ labels }) => labels)).toEqual([
      { process: '0' },
      { process: '1' },
      { process: '2' },
    ])
  })

  test('goes on from what processes counted that have ended', () => {
    const ended = counted('adds', { succeeded: 5 }).models
    const families = parse(metricsText([counted('adds', { succeeded: 2 })], ended))
    expect(sample(families, 'millrace_inference_succeeded_total', { model: 'adds' })).toBe(7)
    expect(families.get('millrace_serving_cpu_seconds_total')?.samples).toHaveLength(1)
  })

  test('keeps a name whole, whatever stands in it', () => {
    const name = 'a"b\\c\nd,e="f"'
    const families = parse(metricsText([counted(name)]))
    expect(families.get('millrace_inference_rows_total')?.samples).toEqual([
      { name: 'millrace_inference_rows_total', labels: { model: name, version: '1' }, value: 2 },
    ])
  })

  test('says what requests cost, by the buckets that they fall into', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-metrics-'))
    const host = openTestHost()
    const file = await hostedFile(folder, 'adds', addingModel(1))
    await askHost(host, file, [numbers(1, 1)])
    await Promise.all([askHost(host, file, [numbers(1, 1)]), askHost(host, file, [numbers(1, 1, 2, 3)])])
    const families = parse(metricsText([servingCounts(host)]))
    const of = (name: string, more = {}) => sample(families, `millrace_${name}`, { model: 'adds', ...more })
    expect([of('inference_succeeded_total'), of('inference_rows_total'), of('inference_rows_in_flight')]).toEqual([
      3, 5, 0,
    ])
    expect(['1', '2', '4'].map((le) => of('inference_batch_rows_bucket', { le }))).toEqual([1, 1, 2])
    expect(of('inference_total_seconds_count')).toBe(3)
    expect(sample(families, 'millrace_serving_open_model_bytes', {})).toBe(file.sizeBytes)
    await host.close()
    await rm(folder, { recursive: true })
  })
})
