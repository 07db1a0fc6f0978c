import { setTimeout as pause } from 'node:timers/promises'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { pythonEnvironment } from '../peers/python-environment.ts'
import { residentMb } from '../serving/many-models.ts'
import { trackingClient } from './client.ts'
import { startMillraceTracking, startMlflow, type TrackingServer } from './servers.ts'
import { trackingWorkload, type WorkloadFigures } from './workload.ts'

/** The same work for Millrace and for `mlflow server` on SQLite, one after the other. */
export async function peerFigures(context: BenchContext): Promise<readonly Figure[]> {
  const found = await pythonEnvironment(['mlflow>=3,<4'], context)
  if ('skipped' in found) throw new Error(found.skipped)
  const theirs = await measure('mlflow server', await startMlflow(found.python), context)
  const ours = await measure('Millrace', await startMillraceTracking(), context)
  const times = (name: string, of: (one: Measured) => number): Figure => ({
    name,
    figure: of(theirs) / of(ours),
    bar: 10,
    unit: 'times faster',
    better: 'higher',
    against: `mlflow server: ${of(theirs).toFixed(2)} ms, Millrace: ${of(ours).toFixed(2)} ms`,
  })
  return [
    times('Cold start', ({ coldStartMs }) => coldStartMs),
    {
      name: 'Memory at rest',
      figure: ours.restMb / theirs.restMb,
      bar: 1 / 3,
      unit: "of mlflow server's",
      better: 'lower',
      against: `${ours.restMb.toFixed(0)} and ${theirs.restMb.toFixed(0)} MB in all processes`,
    },
    times('log_metric', ({ logMetric }) => logMetric),
    {
      name: 'log_batch',
      figure: ours.batchPerSecond / theirs.batchPerSecond,
      bar: 10,
      unit: 'times faster',
      better: 'higher',
      against: `${ours.batchPerSecond.toFixed(0)} and ${theirs.batchPerSecond.toFixed(0)} metrics/s`,
    },
    times('search_runs, filter and order, 300 runs', ({ search }) => search),
    times('300 full runs', ({ fullRuns }) => fullRuns),
    times('History of 25,000 points', ({ history }) => history),
  ]
}

interface Measured extends WorkloadFigures {
  readonly coldStartMs: number
  readonly restMb: number
}

async function measure(name: string, server: TrackingServer, { log }: BenchContext): Promise<Measured> {
  try {
    await pause(3000)
    const restMb = await residentMb(server.pid)
    const client = trackingClient(server.port)
    const figures = await trackingWorkload(client)
    client.close()
    const measured = { coldStartMs: server.coldStartMs, restMb, ...figures }
    log(
      `${name}: ${Object.entries(measured)
        .map(([what, value]) => `${what} ${value.toFixed(2)}`)
        .join(', ')}`,
    )
    return measured
  } finally {
    await server.stop()
  }
}
