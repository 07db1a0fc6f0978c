import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { allMigrations } from '#loop/migrations'
import { openLog, openWorkspace, systemClock, systemIds } from '#platform'
import { predictionRelation } from '#serving'
import type { BenchContext, Figure } from '../bench-shape.ts'
import { countStatuses, startCallers } from './closed-loop.ts'
import { fixedRows } from './fixed-rows.ts'
import { startWithModel } from './millrace.ts'
import { logistic } from './models.ts'
import { treePids } from './process-cpu.ts'

/** A serving process killed under load, time and again; then every answered prediction is looked for in the log. */
export async function killFigures({ log }: BenchContext): Promise<readonly Figure[]> {
  const model = logistic()
  const server = await startWithModel(model)
  let isStopped = false
  try {
    const request = { path: server.path, headers: server.headers, body: server.body(fixedRows(model, 1)) }
    const callers = startCallers({ port: server.port, requests: [request], connections: 16, keepsIds: true })
    let killed = 0
    let silent = 0
    while (killed < kills) {
      await pause(1000 + (killed % 7) * 100)
      const pids = await servingPids(server.pid)
      // Where one is being replaced, the other has to go on alone.
      if (pids.length < 2) continue
      process.kill(pids[killed % pids.length] as number, 'SIGKILL')
      killed++
      if (!(await answers(server.url))) silent++
    }
    const report = await callers.stop()
    await server.end()
    isStopped = true
    const { missing, doubled } = await heldAgainstLog(server.folder, report.ids)
    const others = report.statuses.length - (countStatuses(report).get(200) ?? 0)
    log(
      `${report.ids.length} predictions answered, ${report.broken} connections broken by the kills, ${report.refused} refused, ${others} answers of other statuses`,
    )
    const against = `${report.ids.length} answered predictions, ${kills} kills`
    return [
      {
        name: 'Answered predictions missing from the log',
        figure: missing,
        bar: 0,
        unit: 'predictions',
        better: 'lower',
        against,
      },
      { name: 'Predictions twice in the log', figure: doubled, bar: 0, unit: 'predictions', better: 'lower', against },
      {
        name: 'Times that the port did not answer',
        figure: silent + report.refused + others,
        bar: 0,
        unit: 'times',
        better: 'lower',
        against: 'new connections within a second of each kill, and connections refused',
      },
    ]
  } finally {
    if (!isStopped) await server.stop()
    else await server.remove()
  }
}

async function servingPids(root: number): Promise<readonly number[]> {
  const pids: number[] = []
  for (const pid of await treePids(root)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
    if (pid !== root && command.includes('serving-process')) pids.push(pid)
  }
  return pids
}

/** Whether a new connection is answered within a second; one that the dying process had accepted is broken with it. */
async function answers(url: string): Promise<boolean> {
  const untilMs = performance.now() + 1000
  while (performance.now() < untilMs) {
    const isAnswered = await fetch(`${url}/v2/health/live`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(1000),
    }).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isAnswered) return true
  }
  return false
}

async function heldAgainstLog(
  folder: string,
  ids: readonly string[],
): Promise<{ readonly missing: number; readonly doubled: number }> {
  const workspace = await openWorkspace({
    folder,
    migrations: allMigrations,
    clock: systemClock,
    ids: systemIds(systemClock),
    log: openLog('silent'),
  })
  try {
    const relation = await predictionRelation(workspace, { system: 'model/logistic' })
    const rows = await workspace.lake.rows<{ id: string; times: number }>(
      `select id, cast(count(*) as double) as times from ${relation} group by id`,
    )
    const times = new Map(rows.map((row) => [row.id, row.times]))
    return { missing: ids.filter((id) => !times.has(id)).length, doubled: rows.filter((row) => row.times > 1).length }
  } finally {
    await workspace.close()
  }
}

const kills = 30
