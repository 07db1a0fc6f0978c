import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteText } from '#platform'
import { loadSystemFile } from '#system'
import { openJourney, type Journey, type Turn } from './fixtures/open-journey.ts'

const file = '../shared/data/banking77/test.csv'

interface Prediction {
  readonly id: string
  readonly version: number
  readonly label: string
  readonly probability: number
  readonly probabilities: Readonly<Record<string, number>>
  readonly decision: string
}

describe.skipIf(!existsSync(file))(`support routing over the API (skipped where ${file} is absent)`, () => {
  let journey: Journey
  let turn: Turn
  let asked: readonly { text: string; category: string }[]
  let answered: readonly Prediction[]
  beforeAll(async () => {
    journey = await openJourney()
    const loaded = await loadSystemFile('examples/support-routing')
    await journey.apply(loaded.spec, loaded.baseFolder)
    turn = await journey.turn('support-routing')
    asked = await journey.app.workspace.lake.rows(
      `select text, category from read_csv(${quoteText(resolve(file))}) order by hash(text) limit 1000`,
    )
    const rows = asked.map(({ text }) => ({ text }))
    const answer = await journey.call<{ predictions: Prediction[] }>('POST', '/systems/support-routing/predict', {
      rows,
    })
    answered = answer.body.predictions
  })
  afterAll(() => journey.close())

  test('a turn takes every question and releases the words, not the keywords', () => {
    expect(turn).toMatchObject({
      state: 'done',
      error: null,
      output: { pulledRows: 10_003, findings: [], chosen: 'logistic', versionNumber: 1, passed: true },
    })
  })

  test('its answers to unseen questions are right in 85 of 100', () => {
    const right = answered.filter(({ label }, row) => label === asked[row]?.category).length
    expect(right / asked.length).toBeGreaterThanOrEqual(0.85)
  })

  test('an answer names the desk, how sure it is, and the runners-up', () => {
    for (const { label, probability, probabilities } of answered.slice(0, 50)) {
      expect(Object.keys(probabilities)).toHaveLength(5)
      expect(Math.max(...Object.values(probabilities))).toBe(probability)
      expect(probabilities[label]).toBe(probability)
    }
    expect(new Set(answered.map(({ id }) => id)).size).toBe(asked.length)
  })

  test('one question is answered by itself as in a batch', async () => {
    const { body } = await journey.call<Prediction>('POST', '/systems/support-routing/predict', {
      text: asked[0]?.text,
    })
    expect(body).toMatchObject({ label: answered[0]?.label, decision: answered[0]?.decision })
    expect(body.probability).toBeCloseTo(answered[0]?.probability as number, 5)
  })

  test('outcomes are taken by prediction, a second time as duplicates, another truth as a correction', async () => {
    const path = '/systems/support-routing/outcomes'
    const outcomes = answered.slice(0, 20).map(({ id }, row) => ({
      predictionId: id,
      outcome: asked[row]?.category,
      observedAt: '2030-01-01T00:00:00Z',
    }))
    const none = { accepted: 0, duplicate: 0, corrected: 0, outdated: 0, refused: 0 }
    expect(await journey.call('POST', path, { outcomes })).toMatchObject({
      status: 200,
      body: { counts: { ...none, accepted: 20 } },
    })
    expect(await journey.call('POST', path, { outcomes })).toMatchObject({
      body: { counts: { ...none, duplicate: 20 } },
    })
    const corrected = [{ ...outcomes[0], outcome: 'card_arrival', observedAt: '2030-01-02T00:00:00Z' }]
    expect(await journey.call('POST', path, { outcomes: corrected })).toMatchObject({
      body: { counts: { ...none, corrected: 1 } },
    })
  })

  test('the status says what serves and why it was chosen', async () => {
    expect(await journey.call('GET', '/systems/support-routing')).toMatchObject({
      status: 200,
      body: {
        version: { number: 1 },
        champion: { number: 1, candidate: 'logistic' },
        release: null,
        trainings: [{ trigger: 'asked', chosen: 'logistic', passed: true }],
      },
    })
    const { body } = await journey.call<{ kind: string; ruling: string }[]>('GET', '/systems/support-routing/decisions')
    expect(new Set(body.map(({ kind }) => kind))).toEqual(new Set(['apply', 'retrain', 'choice', 'gate', 'release']))
    expect(body.find(({ kind }) => kind === 'gate')?.ruling).toBe('logistic passed every gate')
  })
})
