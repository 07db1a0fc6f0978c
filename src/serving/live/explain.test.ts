import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dataset } from '#dataset'
import { attribute, declareClasses, declareInputs, GraphBuilder, type ExplanationPlan, type Signature } from '#model'
import { numbersOf, type Workspace } from '#platform'
import { openServedRoutes, type ServedRoutes } from '../fixtures/served-routes.ts'
import { applyFlights, flightInput, registerFlights, releaseFlights } from '../fixtures/served-system.ts'
import { predictionRelation } from '../prediction-log/prediction-relation.ts'

let store: ServedRoutes
let workspace: Workspace
let url: string

beforeAll(async () => {
  store = await openServedRoutes(async (into) => {
    for (const [system, versions] of Object.entries(served)) {
      const dataset = await applyFlights(into, flightInput(system))
      for (const [at, make] of versions.entries()) {
        const bytes = make(dataset)
        const version = await registerFlights(into, dataset, { runId: `${system}-${at}`, ...(bytes && { bytes }) })
        await releaseFlights(
          into,
          version,
          at === 0 ? { strategy: 'big-bang' } : { strategy: 'canary', steps: [0.5, 1], bake: '1d', minSamples: 1 },
        )
      }
    }
  })
  ;({ workspace, url } = store)
})
afterAll(() => store.close())

/** Versions of each system, the first one as champion and the next as its canary. */
const served: Readonly<Record<string, readonly ((dataset: Dataset) => Uint8Array | undefined)[]>> = {
  explained: [(dataset) => linearFlights(dataset, 0.001)],
  changing: [(dataset) => linearFlights(dataset, 0.001), (dataset) => linearFlights(dataset, 0.002)],
  before: [() => undefined],
  baseline: [(dataset) => linearFlights(dataset, 0.001, { kind: 'none' })],
}

/** log odds of late = slope · distance − 1, of flights that were 1000 long in the mean. */
function linearFlights({ inputs }: Dataset, slope: number, plan?: ExplanationPlan): Uint8Array {
  const signature: Signature = { task: 'binary', inputs, classes: ['false', 'true'] }
  const graph = new GraphBuilder('flights')
  declareInputs(graph, inputs)
  const distance = graph.node('Cast', ['distance'], { attributes: { to: attribute.int(11) } })
  const weights = graph.constant('double', [1, 1], [slope])
  const product = graph.node('MatMul', [distance, weights])
  const score = graph.node('Sub', [product, graph.constant('double', [1, 1], [1])])
  const late = graph.node('Sigmoid', [score])
  const onTime = graph.node('Sub', [graph.constant('double', [1], [1]), late])
  const both = graph.node('Concat', [onTime, late], { attributes: { axis: attribute.int(1) } })
  declareClasses(graph, both, { classes: signature.classes, type: 'double' })
  const place = inputs.findIndex(({ name }) => name === 'distance')
  const means = inputs.map((_, input) => (input === place ? 1000 * slope : 0))
  const parts = [{ kind: 'product', tensor: distance, weights, inputs: [place] }] as const
  return graph.build({ signature, explanation: plan ?? { kind: 'linear', score, parts, intercepts: [-1], means } })
}

interface Explained {
  readonly version: number
  readonly explanation: {
    readonly outputs: readonly { readonly base: number; readonly contributions: Readonly<Record<string, number>> }[]
  }
}

const predict = async (system: string, body: unknown, query = '?explain=true') => {
  const answer = await fetch(`${url}/api/v1/systems/${system}/predict${query}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const row = { date: '2001-02-01T00:00:00Z', origin: 'JFK', distance: 3000 }

const keptOf = async (system: string): Promise<number> => {
  const relation = await predictionRelation(workspace, { system })
  const table = await workspace.lake.table(`select count(*) as kept from ${relation} as p`)
  return numbersOf(table, 'kept')[0] as number
}

describe('POST /api/v1/systems/{name}/predict?explain=true', () => {
  test('adds to the prediction what each input contributed to its log odds', async () => {
    expect(await predict('explained', row)).toMatchObject({
      status: 200,
      body: {
        label: 'true',
        explanation: {
          scale: 'log-odds',
          outputs: [{ label: 'true', base: 0, score: 2, contributions: { origin: 0, distance: 2 } }],
        },
      },
    })
  })

  test('says nothing of it where it is not asked', async () => {
    for (const query of ['', '?explain=false'])
      expect((await predict('explained', row, query)).body).not.toHaveProperty('explanation')
  })

  test('explains each row by the version that answered it', async () => {
    const moment = (i: number): string => new Date(Date.UTC(2001, 1, 1) + i * 6e4).toISOString()
    const rows = Array.from({ length: 100 }, (_, i) => ({ ...row, date: moment(i), distance: 100 * i }))
    const { body } = await predict('changing', { rows })
    const found = body['predictions'] as Explained[]
    expect(new Set(found.map(({ version }) => version))).toEqual(new Set([1, 2]))
    found.forEach(({ version, explanation }, i) => {
      const [output] = explanation.outputs
      expect(output?.contributions['distance']).toBeCloseTo((version / 1000) * (100 * i - 1000), 9)
      expect(output?.base).toBe(version - 1)
    })
  })

  test.each([
    { system: 'before', code: 'model/noExplanation', remedy: /Train it again/ },
    { system: 'baseline', code: 'model/unexplainable', remedy: /linear, logistic or boosted-trees/ },
  ])('answers 422 $code for the system $system, and keeps no prediction', async ({ system, code, remedy }) => {
    const expected = { status: 422, body: { code, remedy: expect.stringMatching(remedy) as string } }
    expect(await predict(system, row)).toMatchObject(expected)
    expect(await predict(system, row)).toMatchObject(expected)
    expect(await keptOf(system)).toBe(0)
    expect(await predict(system, row, '')).toMatchObject({ status: 200 })
  })

  test('answers 413 for more rows than can be explained at once, and 422 for another word than true', async () => {
    const rows = Array.from({ length: 1001 }, () => row)
    expect(await predict('explained', { rows })).toMatchObject({ status: 413, body: { code: 'serving/tooManyRows' } })
    expect(await predict('explained', row, '?explain=please')).toMatchObject({ status: 422 })
  })
})
