import { mkdir, mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '#platform'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { pythonEnvironment } from '../peers/python-environment.ts'
import { trackingClient } from './client.ts'
import { copyMlflowRuns, copyRuns, logFirstRun } from './many-runs.ts'
import { startMillraceTracking, startMlflow, type TrackingServer } from './servers.ts'
import { medianOf } from './workload.ts'

/** A search with filter and order among 100,000 runs, of Millrace and of `mlflow server`, on stores that hold the same. */
export async function searchFigures(context: BenchContext): Promise<readonly Figure[]> {
  const found = await pythonEnvironment(['mlflow>=3,<4'], context)
  if ('skipped' in found) throw new Error(found.skipped)
  await using scratch = await mkdtempDisposable(join(tmpdir(), 'millrace-bench-'))
  const [theirs, ours] = [join(scratch.path, 'theirs'), join(scratch.path, 'ours')]
  for (const folder of [theirs, ours]) await mkdir(folder)
  await firstRun(await startMlflow(found.python, theirs))
  copyMlflowRuns(join(theirs, 'mlflow.db'), runs)
  await firstRun(await startMillraceTracking(ours))
  const database = openDatabase(join(ours, 'store', 'facts.sqlite'))
  await copyRuns(database, runs)
  await database.destroy()
  const our = await searchTime(await startMillraceTracking(ours))
  context.log(`Millrace: ${our.ms.toFixed(1)} ms`)
  const their = await searchTime(await startMlflow(found.python, theirs))
  const theirText = `${their.isWhole ? '' : 'more than '}${their.ms.toFixed(0)} ms`
  context.log(`mlflow server: ${theirText}`)
  return [
    {
      name: `search_runs, filter and order, ${runs.toLocaleString('en')} runs`,
      figure: their.ms / our.ms,
      bar: 10,
      unit: their.isWhole ? 'times faster' : 'times faster, at least',
      better: 'higher',
      against: `mlflow server: ${theirText}, Millrace: ${our.ms.toFixed(1)} ms`,
    },
  ]
}

async function firstRun(server: TrackingServer): Promise<void> {
  const client = trackingClient(server.port)
  await logFirstRun((path, fields) => client.call(path, fields))
  client.close()
  await server.stop()
}

/** Milliseconds of a search, the median of three; where those are not done within {@link mostMs}, a third of that. */
async function searchTime(server: TrackingServer): Promise<{ readonly ms: number; readonly isWhole: boolean }> {
  const client = trackingClient(server.port)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new RangeError('late')), mostMs)
  try {
    const searches = medianOf(3, (k) =>
      client.call('runs/search', {
        experiment_ids: ['0'],
        filter: `metrics.m0 > 0.5 and params.fold = '${k % 5}'`,
        order_by: [`metrics.m${k + 1} DESC`],
        max_results: 100,
      }),
    )
    searches.catch(() => undefined)
    return { ms: await Promise.race([searches, late.promise]), isWhole: true }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // Three were not done in it: together they took longer.
    return { ms: mostMs / 3, isWhole: false }
  } finally {
    clearTimeout(timer)
    client.close()
    await server.stop()
  }
}

const runs = 100_000
/** For three searches. */
const mostMs = 90_000
