import { fork, type ChildProcess } from 'node:child_process'
import { fail } from '../failures.ts'
import type { GuardMessage, GuardTask, ProgramEnd } from './guard-messages.ts'

export interface GuardOptions {
  /** Ends the program with all of its processes. */
  readonly signal: AbortSignal
  /** Takes the lines that it prints for its watcher. */
  readonly onLine?: (line: string) => void
}

/**
 * Runs a program of others in a session of its own, within limits of time, memory and output. It ends when this process
 * ends, killed or not; and with it everything that it started.
 * @returns how it ended; nothing of it runs any more
 * @throws {Failure} `training/threadDied` when its guard was killed
 */
export async function runGuarded(task: GuardTask, { signal, onLine }: GuardOptions): Promise<ProgramEnd> {
  signal.throwIfAborted()
  const guard = fork(program, [], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...(isSource ? ['--conditions=source'] : [])],
    // The guard's own group: a signal to this process's group leaves it time to end what it guards.
    detached: true,
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const cancel = (): void => void (guard.connected && guard.send('cancel'))
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await endOf(guard, task, { signal, ...(onLine && { onLine }) })
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function endOf(guard: ChildProcess, task: GuardTask, { onLine }: GuardOptions): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    let pid: number | undefined
    let end: ProgramEnd | undefined
    guard.on('message', (message: GuardMessage) => {
      if (message.kind === 'started') ({ pid } = message)
      else if (message.kind === 'line') onLine?.(message.line)
      else ({ end } = message)
    })
    const lost = (why: string): void => {
      if (pid !== undefined) killGroup(pid)
      reject(fail('threadDied', `Cannot finish training: the guard of its program ${why}`))
    }
    guard.once('error', (error) => lost(`could not be started (${error.message})`))
    guard.once('exit', (code, killed) => (end ? resolve(end) : lost(`ended with ${killed ?? code}`)))
    guard.send(task)
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended with its guard.
  }
}

/** The guard runs from the same kind of file as this one: TypeScript sources, or what was compiled from them. */
const isSource = import.meta.url.endsWith('.ts')
const program = new URL(`./guard-process.${isSource ? 'ts' : 'js'}`, import.meta.url)
