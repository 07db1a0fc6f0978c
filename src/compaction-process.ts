import { bucketOf, openLog, openWorkspace, readConfig, systemClock, systemIds } from '#platform'
import { allMigrations } from '#loop/migrations'
import { compactLogs } from '#serving'

// Merges the prediction log of a store once, then ends. It is started by the control process, and killed it loses nothing.
const [folder] = process.argv.slice(2) as [string]
const config = readConfig()
const workspace = await openWorkspace({
  folder,
  migrations: allMigrations,
  databaseUrl: config.MILLRACE_DATABASE_URL,
  bucket: bucketOf(config),
  connections: 1,
  clock: systemClock,
  ids: systemIds(systemClock),
  log: openLog(config.MILLRACE_LOG),
  threads: 1,
  memoryMb: 384,
})
await compactLogs(workspace)
await workspace.close()
// Whoever started it listens to its end alone.
process.disconnect?.()
