import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { endTree } from './process-cpu.ts'
import type { NotRun } from './server-under-test.ts'

export interface ServerProcess {
  readonly pid: number
  readonly stop: () => Promise<void>
}

export interface ServerCommand {
  readonly command: string
  readonly parameters: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** It counts as started once this is true. */
  readonly isReady: () => Promise<boolean>
}

/** Starts a server as a process of its own, and waits until it answers. */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess | NotRun> {
  const child = spawn(server.command, server.parameters, {
    cwd: server.cwd,
    env: { ...process.env, ...server.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  const closed = new Promise<void>((resolve) => {
    child.once('error', (error) => (said += `\n${error.message}`))
    child.once('close', resolve)
  })
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  const pid = child.pid
  if (pid === undefined) {
    await closed
    return { notRun: reasonIn(said) }
  }
  const endWithUs = (): boolean => child.kill('SIGTERM')
  process.once('exit', endWithUs)
  const stop = async (): Promise<void> => {
    process.removeListener('exit', endWithUs)
    if (!hasEnded()) await endTree(pid, { patienceMs: 10_000 })
    await Promise.race([closed, pause(5000, undefined, { ref: false })])
  }
  let problem = 'nothing was tried'
  const begun = performance.now()
  while (!hasEnded() && performance.now() - begun < patienceMs) {
    try {
      if (await server.isReady()) return { pid, stop }
    } catch (error) {
      problem = String((error as Error).cause ?? error)
      await pause(200)
    }
  }
  const ended = hasEnded()
  await stop()
  return { notRun: ended ? `it ended: ${reasonIn(said)}` : `no answer in ${patienceMs / 1000} s: ${problem}` }
}

/** A port of 127.0.0.1 that is free now, and so are the two after it, most likely. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The last line that names an error, or the last one. */
function reasonIn(text: string): string {
  const lines = text.trim().split('\n')
  return lines.findLast((line) => /\b\w*(error|exception)\b/i.test(line)) ?? lines.at(-1) ?? ''
}

const patienceMs = 90_000
