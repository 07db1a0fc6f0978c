import { measureAtRate, measureSaturated, type Saturated } from './measure-server.ts'
import type { ServedModel } from './models.ts'
import type { OpenLoop } from './open-loop.ts'
import { pythonPeers } from './peers/python-peers.ts'
import type { NotRun, ServerUnderTest } from './server-under-test.ts'

export interface MeasurePeersOptions {
  /** Of each load run. */
  readonly seconds: number
  readonly log: (line: string) => void
  /** The peers, whose best decides the load at which latencies are compared. */
  readonly servers?: readonly ServerUnderTest[]
  /** Measured with them and in the same way, at the load that the peers decide: Millrace, the echo. */
  readonly beside?: readonly ServerUnderTest[]
}

export interface PeersMeasured {
  /** Requests a second at which latencies are compared: half of what the best peer answers. NaN when none ran. */
  readonly perSecond: number
  readonly peers: readonly ServerMeasured[]
  readonly beside: readonly ServerMeasured[]
}

export interface ServerMeasured {
  readonly name: string
  readonly saturated: Saturated | NotRun
  readonly atEqualLoad: OpenLoop | NotRun
}

/** Measures each peer with this model: first as fast as it can, then all at the same load. */
export async function measurePeers(
  model: ServedModel,
  { seconds, log, servers = pythonPeers({ log }), beside = [] }: MeasurePeersOptions,
): Promise<PeersMeasured> {
  const saturated = new Map<ServerUnderTest, Saturated | NotRun>()
  for (const server of [...beside, ...servers]) {
    const found = await measureSaturated(server, { model, seconds })
    log(`${model.name}, ${server.name}: ${describeSaturated(found)}`)
    saturated.set(server, found)
  }
  const perSecond = halfOfTheBest(servers.map((server) => saturated.get(server) as Saturated | NotRun))
  const atEqualLoad = async (server: ServerUnderTest): Promise<ServerMeasured> => {
    const { name } = server
    const first = saturated.get(server) as Saturated | NotRun
    if ('notRun' in first || Number.isNaN(perSecond)) return { name, saturated: first, atEqualLoad: noLoad(first) }
    const found = await measureAtRate(server, { model, seconds, perSecond })
    log(`${model.name}, ${name} at ${perSecond}/s: ${describeAtRate(found)}`)
    return { name, saturated: first, atEqualLoad: found }
  }
  const measured: { peers: ServerMeasured[]; beside: ServerMeasured[] } = { peers: [], beside: [] }
  for (const server of beside) measured.beside.push(await atEqualLoad(server))
  for (const server of servers) measured.peers.push(await atEqualLoad(server))
  return { perSecond, ...measured }
}

function halfOfTheBest(peers: readonly (Saturated | NotRun)[]): number {
  const rates = peers.map((peer) => ('notRun' in peer ? 0 : peer.perSecond))
  const best = Math.max(0, ...rates)
  return best === 0 ? NaN : Math.max(1, Math.round(best / 2))
}

const noLoad = (saturated: Saturated | NotRun): NotRun =>
  'notRun' in saturated ? saturated : { notRun: 'no peer ran that would decide the load' }

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
