import { join } from 'node:path'
import { openSeal, postOutside, type OutsideAnswer, type Seal, type Workspace } from '#platform'
import { deliver, type Due } from './deliver.ts'
import { deliveryHeaders } from './signature.ts'
import { dueDelivery, dueWebhooks, forgetDeliveries, nextDue } from './store/deliveries.ts'
import { open, type WebhookRow } from './store/tables.ts'

export interface WebhookOptions {
  /** In which an answer must have come. */
  readonly timeoutMs: number
  /** Whether webhooks may go to this machine and to private networks, and without TLS. */
  readonly allowPrivate: boolean
  /** How long a delivery waits after its first failure; a second where absent. */
  readonly firstRetryMs?: number
}

/**
 * Tells webhooks what happened: each at least once, with the same id each time; one webhook's in their order, as long as it
 * answers, different webhooks' at the same time. What waits stands in the store: a killed process loses none.
 */
export interface Webhooks {
  readonly options: WebhookOptions
  /** Looks for what is to be told: something happened. */
  wake(): void
  /** The secret of a webhook as it is stored. */
  seal(secret: string): Promise<string>
  /** Posts once, now. @throws {Failure} `http/addressRefused`, `platform/sealBroken`; and what the network says */
  post(to: Pick<WebhookRow, 'url' | 'secret'> & { readonly id: string; readonly body: string }): Promise<OutsideAnswer>
  /** Breaks off what is under way: it is told when the store is opened next. */
  close(): Promise<void>
}

export function openWebhooks(workspace: Workspace, options: WebhookOptions): Webhooks {
  const { database, clock, log } = workspace
  const { timeoutMs, allowPrivate, firstRetryMs = 1000 } = options
  const closing = new AbortController()
  const { signal } = closing
  const seal = sealOf(workspace)
  const post: Webhooks['post'] = async ({ url, secret, id, body }) => {
    const opened = secret === null ? null : (await seal()).open(secret)
    const headers = deliveryHeaders({ id, body, atMs: clock.now(), secret: opened })
    return postOutside(url, { headers, body, timeoutMs, allowPrivate, signal })
  }
  /** What is being told, by the webhook. */
  const underWay = new Map<string, Promise<void>>()
  const tell = (delivery: Due): void => {
    const { webhook, id } = delivery
    const told = deliver(workspace, delivery, { post, timeoutMs, firstRetryMs, signal }).then(
      () => {
        underWay.delete(webhook)
        looks.now()
      },
      // What the store refuses now it may take at the next look.
      (error: unknown) => {
        underWay.delete(webhook)
        log.error({ err: error, delivery: id }, 'webhook')
      },
    )
    underWay.set(webhook, told)
  }
  const looks = repeated(
    async () => {
      const now = clock.now()
      const tables = open(database)
      for (const webhook of await dueWebhooks(tables, now)) {
        if (underWay.size >= mostAtOnce) break
        const delivery = underWay.has(webhook) ? undefined : await dueDelivery(tables, webhook, now)
        if (delivery && !signal.aborted) tell(delivery)
      }
      const next = await nextDue(tables, now)
      // Other processes of this store do not wake this one.
      return next === undefined ? longestWaitMs : Math.min(Math.max(next - clock.now(), 0), longestWaitMs)
    },
    { failed: (error) => log.error({ err: error }, 'webhooks'), afterFailureMs: longestWaitMs, signal },
  )
  const forgotten = forgetDeliveries(open(database), clock.now() - keptMs).catch((error: unknown) =>
    log.error({ err: error }, 'webhooks'),
  )
  looks.now()
  return {
    options,
    wake: looks.now,
    post,
    seal: async (secret) => (await seal()).close(secret),
    close: async () => {
      closing.abort()
      await Promise.all([forgotten, looks.end(), ...underWay.values()])
    },
  }
}

/** Does work when asked, never twice at once, and again after as long as the work says. */
function repeated(
  work: () => Promise<number>,
  options: {
    readonly failed: (error: unknown) => void
    readonly afterFailureMs: number
    /** That it is to end. */
    readonly signal: AbortSignal
  },
) {
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isWanted = false
  const run = async (): Promise<void> => {
    while (isWanted && !options.signal.aborted) {
      isWanted = false
      clearTimeout(timer)
      const waitMs = await work().catch((error: unknown) => {
        options.failed(error)
        return options.afterFailureMs
      })
      if (!options.signal.aborted) timer = setTimeout(now, waitMs).unref()
    }
    running = undefined
  }
  const now = (): void => {
    isWanted = true
    running ??= run()
  }
  return {
    now,
    end: async (): Promise<void> => {
      clearTimeout(timer)
      await running
    },
  }
}

/** The seal of a store, opened when it is first needed. */
function sealOf({ folder }: Workspace): () => Promise<Seal> {
  let opened: Promise<Seal> | undefined
  return () => (opened ??= openSeal(join(folder, 'secret.key')))
}

const mostAtOnce = 16
const longestWaitMs = 30_000
/** How long it can be seen what was told. */
const keptMs = 8 * 86_400_000
