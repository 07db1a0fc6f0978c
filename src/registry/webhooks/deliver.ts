import { isFailure, messageOf, type OutsideAnswer, type Workspace } from '#platform'
import { retryDelayMs } from './retry-delay.ts'
import { claimDelivery, updateDelivery } from './store/deliveries.ts'
import { open, type DeliveryRow, type WebhookRow } from './store/tables.ts'
import { disableWebhook } from './store/webhooks.ts'

/** What a webhook is to be told, and where and how. */
export type Due = DeliveryRow & Pick<WebhookRow, 'url' | 'secret'>

/**
 * Tells a webhook one thing, once, and notes what became of it: it was told, or is to be told again, or is given up.
 * @param how.timeoutMs after twice as long, a delivery that was taken up is lost with its process
 * @param how.signal that the process is ending
 */
export async function deliver(
  workspace: Workspace,
  delivery: Due,
  how: {
    readonly post: (delivery: Due) => Promise<OutsideAnswer>
    readonly timeoutMs: number
    readonly firstRetryMs: number
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { database, clock, log } = workspace
  const tables = open(database)
  const { id, webhook, event } = delivery
  const attempts = delivery.attempts + 1
  if (!(await claimDelivery(tables, delivery, clock.now() + 2 * how.timeoutMs))) return
  const failed = await failureOf(() => how.post(delivery))
  if (failed === null) {
    await updateDelivery(tables, id, { state: 'delivered', failure: null })
    return
  }
  if (how.signal.aborted) {
    // It was broken off: that was no try.
    await updateDelivery(tables, id, { attempts: delivery.attempts, due_at_ms: clock.now() })
    return
  }
  if (failed.isGone) await disableWebhook(tables, webhook)
  const { failure, retryAfterMs } = failed
  const delayMs = failed.isFinal ? null : retryDelayMs({ attempts, firstMs: how.firstRetryMs, retryAfterMs })
  if (delayMs === null) {
    log.warn({ webhook, event, delivery: id, attempts, failure }, 'webhook not told')
    await updateDelivery(tables, id, { state: 'failed', failure })
  } else await updateDelivery(tables, id, { failure, due_at_ms: clock.now() + delayMs })
}

interface Failed {
  readonly failure: string
  /** Whether there is no sense in trying again. */
  readonly isFinal: boolean
  /** Whether the receiver says that it is gone for good. */
  readonly isGone: boolean
  readonly retryAfterMs?: number | undefined
}

async function failureOf(post: () => Promise<OutsideAnswer>): Promise<Failed | null> {
  try {
    const { status, retryAfterMs } = await post()
    const isGone = status === 410
    return status >= 200 && status < 300
      ? null
      : { failure: `it answered ${status}`, isFinal: isGone, isGone, retryAfterMs }
  } catch (error) {
    return { failure: messageOf(error), isFinal: isFailure(error), isGone: false }
  }
}
