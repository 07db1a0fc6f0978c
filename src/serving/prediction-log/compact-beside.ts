import { fork } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { environmentOf, type Config } from '#platform'
import { fail } from '../failures.ts'

/**
 * Merges the prediction log in a process of its own, which gives way to those that answer requests and takes its memory
 * with it when it ends.
 * @param options.program the program of that process; it is given the folder of the store
 * @param options.signal ends it at once, which loses nothing
 * @throws {Failure} `serving/processEnded`
 */
export async function compactBeside(options: {
  readonly program: URL
  readonly folder: string
  readonly config: Config
  readonly signal: AbortSignal
}): Promise<void> {
  const { program, folder, config, signal } = options
  if (signal.aborted) return
  const child = fork(fileURLToPath(program), [folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // However low its priority, each of its threads takes whole time slices from those that answer.
    execArgv: [...process.execArgv, '--v8-pool-size=1'],
    env: environmentOf(config),
  })
  const stop = (): void => void child.kill()
  signal.addEventListener('abort', stop)
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, killedBy) => {
        if (code === 0 || signal.aborted) return resolve()
        reject(fail('processEnded', `Cannot merge the prediction log: its process ended with ${code ?? killedBy}`))
      })
      if (child.pid !== undefined) giveWay(child.pid)
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** The threads that a process starts later are as patient as it is. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended already, or the system knows no priorities: then it takes its share like any other.
  }
}
