import { measureAtRate, measureSaturated, type Saturated } from './measure-server.ts'
import type { ServedModel } from './models.ts'
import type { OpenLoop } from './open-loop.ts'
import { pythonPeers } from './peers/python-peers.ts'
import type { NotRun, ServerUnderTest } from './server-under-test.ts'

export interface MeasurePeersOptions {
  /** Of each load run. */
  readonly seconds: number
  readonly log: (line: string) => void
  /** In their place. */
  readonly servers?: readonly ServerUnderTest[]
}

export interface PeersMeasured {
  /** The load at which latencies are compared: half of what the best of them answers. NaN when none ran. */
  readonly perSecond: number
  readonly peers: readonly PeerMeasured[]
}

export interface PeerMeasured {
  readonly name: string
  readonly saturated: Saturated | NotRun
  readonly atEqualLoad: OpenLoop | NotRun
}

/** Measures each peer with this model: first as fast as it can, then all at the same load. */
export async function measurePeers(
  model: ServedModel,
  { seconds, log, servers = pythonPeers({ log }) }: MeasurePeersOptions,
): Promise<PeersMeasured> {
  const first: { server: ServerUnderTest; saturated: Saturated | NotRun }[] = []
  for (const server of servers) {
    const saturated = await measureSaturated(server, { model, seconds })
    log(`${model.name}, ${server.name}: ${describeSaturated(saturated)}`)
    first.push({ server, saturated })
  }
  const perSecond = Math.round(
    Math.max(...first.map(({ saturated }) => ('notRun' in saturated ? NaN : saturated.perSecond / 2)).filter(isFinite)),
  )
  const peers: PeerMeasured[] = []
  for (const { server, saturated } of first) {
    const atEqualLoad = 'notRun' in saturated ? saturated : await measureAtRate(server, { model, seconds, perSecond })
    if (!('notRun' in saturated)) log(`${model.name}, ${server.name} at ${perSecond}/s: ${describeAtRate(atEqualLoad)}`)
    peers.push({ name: server.name, saturated, atEqualLoad })
  }
  return { perSecond: Number.isFinite(perSecond) ? perSecond : NaN, peers }
}

/** One line for a person. */
export function describeSaturated(saturated: Saturated | NotRun): string {
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
export function describeAtRate(found: OpenLoop | NotRun): string {
  if ('notRun' in found) return `not run: ${found.notRun}`
  const answers = Object.entries(found.answers).map(
    ([status, { count, fromDueMs }]) =>
      `${count} answers ${status}, p50 ${fromDueMs.p50.toFixed(2)} ms, p99 ${fromDueMs.p99.toFixed(2)} ms`,
  )
  return [...answers, `${found.unanswered} of ${found.due} unanswered`].join('; ')
}
