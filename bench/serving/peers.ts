import {
  measureAtRate,
  measureInTurns,
  measureSaturated,
  p99Of,
  type RateOptions,
  type Saturated,
} from './measure-server.ts'
import type { ServedModel } from './models.ts'
import type { OpenLoop } from './open-loop.ts'
import { pythonPeers } from './peers/python-peers.ts'
import type { NotRun, ServerUnderTest } from './server-under-test.ts'

export interface MeasurePeersOptions {
  /** Of each load run. */
  readonly seconds: number
  readonly log: (line: string) => void
  /** Measured with the peers and in the same way, at the load that they decide. */
  readonly own: ServerUnderTest
}

export interface PeersMeasured {
  readonly own: ServerMeasured
  readonly peers: readonly ServerMeasured[]
  /** Own turns and those of the peer that was quickest, at half of what the best peer answers; none when none ran. */
  readonly inTurns: InTurns | NotRun
}

export interface ServerMeasured {
  readonly name: string
  readonly saturated: Saturated | NotRun
}

export interface InTurns {
  readonly perSecond: number
  readonly peer: string
  /** p99 of each turn, in milliseconds. */
  readonly ownMs: readonly number[]
  readonly peerMs: readonly number[]
}

/**
 * Measures each peer with this model, first as fast as it can, then at the same load; last Millrace and the peer that was
 * quickest there, in turns.
 */
export async function measurePeers(
  model: ServedModel,
  { seconds, log, own }: MeasurePeersOptions,
): Promise<PeersMeasured> {
  const servers = pythonPeers({ log })
  const saturated = async (server: ServerUnderTest): Promise<ServerMeasured> => {
    const found = await measureSaturated(server, { model, seconds })
    log(`${model.name}, ${server.name}: ${describeSaturated(found)}`)
    return { name: server.name, saturated: found }
  }
  const ownMeasured = await saturated(own)
  const peers: ServerMeasured[] = []
  for (const server of servers) peers.push(await saturated(server))
  const load = { model, seconds, perSecond: halfOfTheBest(peers.map((peer) => peer.saturated)) }
  const quickest = await quickestAt(
    servers.filter((_, place) => !('notRun' in (peers[place] as ServerMeasured).saturated)),
    { ...load, log },
  )
  if (!quickest) return { own: ownMeasured, peers, inTurns: { notRun: 'no peer ran that would decide the load' } }
  const turns = await measureInTurns([own, quickest], load)
  if ('notRun' in turns) return { own: ownMeasured, peers, inTurns: turns }
  const [ownMs, peerMs] = turns.map((each) => each.map(p99Of)) as [number[], number[]]
  for (const [name, all] of [
    [own.name, turns[0]],
    [quickest.name, turns[1]],
  ] as const)
    for (const turn of all) log(`${model.name}, ${name} in turns at ${load.perSecond}/s: ${describeAtRate(turn)}`)
  return { own: ownMeasured, peers, inTurns: { perSecond: load.perSecond, peer: quickest.name, ownMs, peerMs } }
}

/** The server of the least p99 at a load. */
async function quickestAt(
  servers: readonly ServerUnderTest[],
  { log, ...load }: RateOptions & { readonly log: (line: string) => void },
): Promise<ServerUnderTest | undefined> {
  let [quickest, leastMs]: [ServerUnderTest | undefined, number] = [undefined, Infinity]
  for (const server of servers) {
    const found = await measureAtRate(server, load)
    log(`${load.model.name}, ${server.name} at ${load.perSecond}/s: ${describeAtRate(found)}`)
    if ('notRun' in found || p99Of(found) >= leastMs) continue
    quickest = server
    leastMs = p99Of(found)
  }
  return quickest
}

function halfOfTheBest(peers: readonly (Saturated | NotRun)[]): number {
  const rates = peers.map((peer) => ('notRun' in peer ? 0 : peer.perSecond))
  const best = Math.max(0, ...rates)
  return best === 0 ? NaN : Math.max(1, Math.round(best / 2))
}

/** One line for a person. */
function describeSaturated(saturated: Saturated | NotRun): string {
  if ('notRun' in saturated) return `not run: ${saturated.notRun}`
  const { perSecond, latencyMs, cpuMicrosPerRequest, refused, socketErrors, worstDifference, loadAverage } = saturated
  const versions = Object.entries(saturated.versions).map((entry) => entry.join(' '))
  return [
    `${perSecond.toFixed(0)}/s`,
    `p50 ${latencyMs.p50.toFixed(2)} ms`,
    `p99 ${latencyMs.p99.toFixed(2)} ms`,
    `${cpuMicrosPerRequest.toFixed(1)} µs of processor a request`,
    ...(refused || socketErrors ? [`${refused} refused, ${socketErrors} socket errors`] : []),
    `outputs within ${worstDifference.toExponential(1)}`,
    `load average ${loadAverage.toFixed(2)}`,
    versions.join(', '),
  ].join('; ')
}

/** One line for a person. */
function describeAtRate(found: OpenLoop | NotRun): string {
  if ('notRun' in found) return `not run: ${found.notRun}`
  const answers = Object.entries(found.answers).map(
    ([status, { count, fromDueMs }]) =>
      `${count} answers ${status}, p50 ${fromDueMs.p50.toFixed(2)} ms, p99 ${fromDueMs.p99.toFixed(2)} ms`,
  )
  return [...answers, `${found.unanswered} of ${found.due} unanswered`].join('; ')
}
