import type { CommandDefinition } from './command.ts'
import { apply } from './commands/apply.ts'
import { client } from './commands/client.ts'
import { collect } from './commands/collect.ts'
import { demo } from './commands/demo.ts'
import { init } from './commands/init.ts'
import { load } from './commands/load.ts'
import { plan } from './commands/plan.ts'
import { predict } from './commands/predict.ts'
import { rehearse } from './commands/rehearse.ts'
import { run } from './commands/run.ts'
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
  collect,
  tokens,
  demo,
]
