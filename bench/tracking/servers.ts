import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endTree } from '../serving/process-cpu.ts'
import { freePort } from '../serving/server-process.ts'

/** A tracking server on an empty store. */
export interface TrackingServer {
  readonly pid: number
  readonly port: number
  /** From its start to its first answer, in milliseconds. */
  readonly coldStartMs: number
  stop(): Promise<void>
}

/** Starts Millrace as anybody starts it. @param given where its store is, which stays; one that goes with it where absent */
export function startMillraceTracking(given?: string): Promise<TrackingServer> {
  return start('/readyz', given, (folder, port) => ({
    command: process.execPath,
    parameters: [program, 'up', '--port', String(port)],
    env: { MILLRACE_STORE: join(folder, 'store') },
  }))
}

/** Starts `mlflow server` on SQLite with one worker. @param given as of {@link startMillraceTracking} */
export function startMlflow(python: string, given?: string): Promise<TrackingServer> {
  return start('/health', given, (folder, port) => ({
    command: join(dirname(python), 'mlflow'),
    parameters: ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'].concat(
      ['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`],
      ['--artifacts-destination', join(folder, 'artifacts')],
    ),
    env: { PATH: `${dirname(python)}:${process.env['PATH']}` },
  }))
}

/** The built program: what is installed is what starts. */
export const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

async function start(
  probe: string,
  given: string | undefined,
  commandOf: (
    folder: string,
    port: number,
  ) => {
    readonly command: string
    readonly parameters: readonly string[]
    readonly env: Readonly<Record<string, string>>
  },
): Promise<TrackingServer> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'millrace-bench-')))
  const port = await freePort()
  const { command, parameters, env } = commandOf(folder, port)
  const began = performance.now()
  const child = spawn(command, parameters, { cwd: folder, env: { ...process.env, ...env }, stdio: 'ignore' })
  const pid = child.pid
  if (pid === undefined) throw new Error(`Cannot start ${command}`)
  const stop = async (): Promise<void> => {
    await endTree(pid, { patienceMs: 10_000 })
    if (given === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    while (!(await answers(port, probe))) {
      if (hasEnded(child) || performance.now() - began > 120_000) throw new Error(`${command} does not answer`)
      await pause(10)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { pid, port, coldStartMs: performance.now() - began, stop }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const answers = (port: number, probe: string): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}${probe}`).then(
    ({ ok }) => ok,
    () => false,
  )
