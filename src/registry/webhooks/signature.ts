import { createHmac } from 'node:crypto'

/**
 * The headers that tell a delivery apart and, where there is a secret, who sent it: those of MLflow, and with a secret of the
 * form `whsec_…` also those of Standard Webhooks.
 *
 * A signature is `v1,` and the HMAC-SHA256, in base64, of `ID.SECONDS.BODY`. MLflow's key is the secret as it stands, the
 * standard's is what follows `whsec_`, out of base64. The id stays the same however often a delivery is tried.
 *
 * @see https://www.standardwebhooks.com
 */
export function deliveryHeaders(delivery: {
  readonly id: string
  readonly body: string
  readonly atMs: number
  readonly secret: string | null
}): Readonly<Record<string, string>> {
  const { id, body, atMs, secret } = delivery
  const seconds = String(Math.floor(atMs / 1000))
  const signature = (key: string | Buffer): string =>
    `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
  return {
    'content-type': 'application/json',
    'user-agent': 'millrace-webhooks',
    'x-mlflow-delivery-id': id,
    'x-mlflow-timestamp': seconds,
    ...(secret !== null && { 'x-mlflow-signature': signature(secret) }),
    ...(secret?.startsWith(standardPrefix) && {
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': signature(Buffer.from(secret.slice(standardPrefix.length), 'base64')),
    }),
  }
}

const standardPrefix = 'whsec_'
