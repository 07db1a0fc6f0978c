import type { CommandDefinition } from './command.ts'
import { apply } from './commands/apply.ts'
import { client } from './commands/client.ts'
import { collect } from './commands/collect.ts'
import { demo } from './commands/demo.ts'
import { importMlflow } from './commands/import-mlflow.ts'
import { init } from './commands/init.ts'
import { load } from './commands/load.ts'
import { deleteAlias, listAliases, setAlias } from './commands/models/aliases.ts'
import { searchModels, showModel } from './commands/models/models.ts'
import { listVersions, showVersion } from './commands/models/versions.ts'
import { plan } from './commands/plan.ts'
import { predict } from './commands/predict.ts'
import { rehearse } from './commands/rehearse.ts'
import { run } from './commands/run.ts'
import { diffRuns } from './commands/runs/diff.ts'
import { experiments } from './commands/runs/experiments.ts'
import { exportRuns } from './commands/runs/export.ts'
import { importRuns } from './commands/runs/import.ts'
import { searchRuns } from './commands/runs/search.ts'
import { showRun } from './commands/runs/show.ts'
import { status } from './commands/status.ts'
import { tokens } from './commands/tokens.ts'
import { up } from './commands/up.ts'

/** Every command, in the order in which a newcomer meets them. */
export const commands: readonly CommandDefinition[] = [
  init,
  plan,
  apply,
  run,
  up,
  load,
  predict,
  client,
  rehearse,
  status,
  experiments,
  searchRuns,
  showRun,
  diffRuns,
  exportRuns,
  importRuns,
  importMlflow,
  searchModels,
  showModel,
  listVersions,
  showVersion,
  listAliases,
  setAlias,
  deleteAlias,
  collect,
  tokens,
  demo,
]
