import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openLake, seededRandom } from '#platform'
import { auditStore, type Audit } from './audit-store.ts'
import { useServer, type CallerOptions } from './callers.ts'
import { askedFlights, publishFlights } from './killed-system.ts'
import { newLedger, type Ledger } from './ledger.ts'

export interface LiveKillOptions {
  /** An empty folder; the store is left in it as `store`. */
  readonly folder: string
  readonly kills: number
  /** Decides the moments. */
  readonly seed: string
  readonly log: (line: string) => void
}

export interface LiveKill {
  readonly kills: number
  readonly ledger: Ledger
  readonly audit: Audit
}

/**
 * Serves a system while its loop turns, kills the server with SIGKILL at random moments, one in three while it starts,
 * starts it again each time until all is done, and then holds the store against all that was ever acknowledged.
 */
export async function runLiveKill({ folder, kills, seed, log }: LiveKillOptions): Promise<LiveKill> {
  const dataFolder = join(folder, 'data')
  const store = join(folder, 'store')
  await mkdir(dataFolder)
  const lake = await openLake({ folder: join(folder, 'lake'), threads: 1, memoryMb: 256 })
  const ledger = newLedger()
  try {
    const publish = (place: number): Promise<void> => publishFlights(lake, { folder: dataFolder, place })
    await publish(ledger.files++)
    let done = 0
    let turnsKilled = 1
    const use = {
      ledger,
      dataFolder,
      publish,
      flights: [...(await askedFlights(lake, dataFolder))],
      // After the last kill comes at least one turn that is served through.
      isLast: () => done >= kills && ledger.ended.size > turnsKilled,
    }
    const random = seededRandom(seed)
    let startMs = 2000
    while (done < kills) {
      const atStart = done % 3 === 1
      const life = await live(store, use, { afterMs: random.int(atStart ? startMs : longestMs), atStart })
      if (life.startedMs !== null) startMs = life.startedMs
      done++
      turnsKilled = ledger.ended.size + 1
      log(
        `kill ${done}${life.startedMs === null ? ' while it started' : ''}: ${ledger.ended.size} turns, ${ledger.answers.size} answers, ${ledger.told.size} outcomes`,
      )
    }
    await live(store, use, null)
    log(`ended after ${ledger.ended.size} turns, ${ledger.answers.size} answers and ${ledger.told.size} outcomes`)
    return { kills: done, ledger, audit: await auditStore(store, ledger) }
  } finally {
    lake.close()
  }
}

/** A life is cut short within this time of its first answer. */
const longestMs = 5000
/** The last life is given this long. */
const patienceMs = 120_000

/**
 * One life of the server, used until it is killed; the last one, without a kill, until all is done.
 * @param kill how long after the start of the process or, unless `atStart`, after it serves
 */
async function live(
  store: string,
  use: Omit<CallerOptions, 'url'>,
  kill: { readonly afterMs: number; readonly atStart: boolean } | null,
): Promise<{ readonly startedMs: number | null }> {
  const begun = performance.now()
  const server = spawn(process.execPath, ['--conditions=source', program, store], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise<number | null>((resolve) => server.once('close', resolve))
  const url = new Promise<string | null>((resolve) => {
    server.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()))
    void gone.then(() => resolve(null))
  })
  if (kill?.atStart) setTimeout(() => server.kill('SIGKILL'), kill.afterMs)
  const at = await url
  const startedMs = at === null ? null : performance.now() - begun
  if (kill && !kill.atStart) setTimeout(() => server.kill('SIGKILL'), kill.afterMs)
  const working = at === null ? Promise.resolve(false) : useServer({ ...use, url: at })
  if (kill) {
    await Promise.all([gone, working])
    return { startedMs }
  }
  const finished = await Promise.race([working, pause(patienceMs, false, { ref: false })])
  server.kill(finished ? 'SIGTERM' : 'SIGKILL')
  const code = await Promise.race([gone, pause(30_000, 'no end', { ref: false })])
  server.kill('SIGKILL')
  if (!finished) use.ledger.problems.push('the last life did not come to an end')
  else if (code !== 0) use.ledger.problems.push(`the server ended with ${code} when it was told to`)
  return { startedMs }
}

const program = fileURLToPath(new URL('serve-store.ts', import.meta.url))
