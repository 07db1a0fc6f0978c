import { expect, test } from 'vitest'
import type { Inference } from '../inference/schema.ts'
import { answerV2 } from './answer-v2.ts'

test('answerV2() tells of what was not expected, and says nothing of it to the caller', async () => {
  const told: unknown[] = []
  const broken = new Error('the password is hunter2')
  const inference = { isReady: () => Promise.reject(broken) } as unknown as Inference
  const request = { method: 'GET', path: '/v2/health/ready', headers: {}, body: Buffer.alloc(0) }
  const answer = await answerV2(request, { inference, version: '0', onUnexpected: (error) => told.push(error) })
  expect([answer.status, answer.body]).toEqual([500, '{"error":"Cannot answer: the server met an unexpected error"}'])
  expect(told).toEqual([broken])
})
