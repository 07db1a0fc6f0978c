import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { deliveryHeaders } from './signature.ts'

describe('deliveryHeaders()', () => {
  test('signs as the example of Standard Webhooks, with a secret of their form', () => {
    // The example of the specification's own libraries.
    const headers = deliveryHeaders({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      atMs: 1_614_265_330_000,
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    })
    expect(headers).toMatchObject({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test('signs as MLflow does: id, seconds and body, with the secret as it stands', () => {
    const headers = deliveryHeaders({ id: 'd1', body: '{"größe":1}', atMs: 1999, secret: 'my_secret' })
    const wanted = createHmac('sha256', 'my_secret').update('d1.1.{"größe":1}').digest('base64')
    expect(headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'millrace-webhooks',
      'x-mlflow-delivery-id': 'd1',
      'x-mlflow-timestamp': '1',
      'x-mlflow-signature': `v1,${wanted}`,
    })
  })

  test('signs nothing without a secret', () => {
    expect(Object.keys(deliveryHeaders({ id: 'd1', body: '{}', atMs: 0, secret: null }))).not.toContain(
      'x-mlflow-signature',
    )
  })
})
