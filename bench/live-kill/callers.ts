import { setTimeout as pause } from 'node:timers/promises'
import { killedSystem, systemName, type Flight } from './killed-system.ts'
import type { Ledger, TurnView } from './ledger.ts'

export interface CallerOptions {
  readonly url: string
  readonly ledger: Ledger
  /** Flights to ask about; each is taken from its end, so that none is asked about twice. */
  readonly flights: Flight[]
  /** Folder that the system's files stand in. */
  readonly dataFolder: string
  /** Puts the next flights file there. */
  readonly publish: (place: number) => Promise<void>
  /** Whether no further turn is to begin. */
  readonly isLast: () => boolean
}

/**
 * Uses a server as the outside does: applies the system, turns the loop again and again, asks for predictions and tells
 * what became of them. Ends when the last turn has ended, or the server is gone.
 * @returns whether the last turn has ended
 */
export async function useServer(options: CallerOptions): Promise<boolean> {
  const use = { ...options, stop: new AbortController() }
  try {
    await apply(use)
    const others = [ask(use), ask(use), tell(use)].map((caller) => caller.catch(() => undefined))
    try {
      await turn(use)
    } finally {
      use.stop.abort()
      await Promise.all(others)
    }
    return true
  } catch (error) {
    if (error instanceof ServerGone) return false
    throw error
  }
}

interface Use extends CallerOptions {
  readonly stop: AbortController
}

class ServerGone extends Error {}

async function call(
  use: Use,
  path: string,
  { method = 'POST', body }: { method?: string; body?: unknown } = {},
): Promise<{ status: number; body: unknown }> {
  let found: { status: number; body: unknown }
  try {
    const answer = await fetch(`${use.url}/api/v1/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    found = { status: answer.status, body: await answer.json() }
  } catch (error) {
    throw new ServerGone('The server is gone', { cause: error })
  }
  if (found.status >= 500) use.ledger.problems.push(`${method} ${path}: ${found.status} ${JSON.stringify(found.body)}`)
  return found
}

async function apply(use: Use): Promise<void> {
  const { status, body } = await call(use, `systems/${systemName}`, {
    method: 'PUT',
    body: { spec: killedSystem, baseFolder: use.dataFolder },
  })
  if (status !== 200) throw new Error(`Cannot apply the system: ${JSON.stringify(body)}`)
}

/** Starts turns by key, each after the one before it has ended, each with a flights file of its own. */
async function turn(use: Use): Promise<void> {
  const { ledger } = use
  for (;;) {
    const key = `turn-${ledger.ended.size + 1}`
    while (ledger.files < ledger.ended.size + 1) await use.publish(ledger.files++)
    const started = await call(use, `systems/${systemName}/turns`, { body: { key } })
    if (started.status !== 202) throw new Error(`Cannot start a turn: ${JSON.stringify(started.body)}`)
    let view = started.body as TurnView
    const known = ledger.turns.get(key)
    if (known !== undefined && known !== view.id) ledger.problems.push(`${key} was started as ${known} and ${view.id}`)
    ledger.turns.set(key, view.id)
    while (!['done', 'failed', 'cancelled'].includes(view.state)) {
      await pause(100)
      view = (await call(use, `systems/${systemName}/turns/${view.id}`, { method: 'GET' })).body as TurnView
    }
    ledger.ended.set(key, view)
    if (use.isLast()) return
  }
}

/** Asks for one flight or a handful, all the time; nothing is served before the first release. */
async function ask({ ...use }: Use): Promise<void> {
  for (let round = 0; !use.stop.signal.aborted; round++) {
    const rows = use.flights.splice(-(round % 2 === 0 ? 1 : 4))
    if (rows.length === 0) return
    const asked = rows.map(({ date, origin, destination, distance }) => ({ date, origin, destination, distance }))
    const { status, body } = await call(use, `systems/${systemName}/predict`, { body: { rows: asked } })
    if (status === 200) {
      const { predictions } = body as { predictions: { id: string; versionId: string; decision?: string }[] }
      predictions.forEach(({ id, versionId, decision }, place) => {
        if (use.ledger.answers.has(id)) use.ledger.problems.push(`two answers are called ${id}`)
        use.ledger.answers.set(id, { versionId, decision, flight: rows[place] as Flight })
      })
    } else use.flights.push(...rows)
    await pause(status === 200 ? 25 : 200)
  }
}

/** Tells what became of every second prediction; of the others the data itself tells. */
async function tell(use: Use): Promise<void> {
  while (!use.stop.signal.aborted) {
    await pause(150)
    const ids = [...use.ledger.answers.keys()].filter((id, place) => place % 2 === 0 && !use.ledger.told.has(id))
    const sent = ids.slice(0, 40)
    if (sent.length === 0) continue
    const outcomes = sent.map((predictionId) => ({
      predictionId,
      outcome: use.ledger.answers.get(predictionId)?.flight.late,
    }))
    const { status, body } = await call(use, `systems/${systemName}/outcomes`, { body: { outcomes } })
    if (status !== 200) {
      use.ledger.problems.push(`outcomes were refused: ${JSON.stringify(body)}`)
      continue
    }
    const { results } = body as { results: { row: number; status: string; reason: string | null }[] }
    for (const { row, status: became, reason } of results) {
      if (became === 'accepted' || became === 'duplicate') use.ledger.told.add(sent[row] as string)
      else use.ledger.problems.push(`an outcome became ${became}: ${reason}`)
    }
  }
}
