import { spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { constants, platform, setPriority } from 'node:os'
import { folderBytes } from './folder-bytes.ts'
import { toldPrefix, type GuardMessage, type GuardTask, type ProgramEnd, type StopReason } from './guard-messages.ts'
import { openProgramLog } from './program-log.ts'
import { sessionUsage } from './session-usage.ts'

// The guard of a program: a process of its own that starts it, holds it to its limits, and ends it with all of its
// processes when whoever started the guard is gone, however that ended. It is started as a program, never imported, and
// imports nothing that is large: each program has one.
process.once('message', (task) => guard(task as GuardTask))
// Those of a terminal reach all of its programs: the guard ends when its starter says so, or is gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

function guard(task: GuardTask): void {
  if (platform() === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  const log = openProgramLog(task.logFile)
  const [file = '', ...args] = task.command
  const child = spawn(file, args, {
    cwd: task.folder,
    env: { ...task.variables },
    // A session of its own: everything that it starts belongs to it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const limits = holdToLimits(child, task)
  process.on('message', (message) => message === 'cancel' && limits.stop('cancelled'))
  process.on('disconnect', () => {
    limits.kill()
    process.exit(1)
  })
  child.once('spawn', () => {
    const pid = child.pid as number
    sufferFirst(pid)
    say({ kind: 'started', pid })
  })
  passOn(child, (bytes) => log.write(bytes))
  let notStarted: string | null = null
  child.once('error', (error) => {
    if (child.pid === undefined) notStarted = error.message
  })
  // What it left behind could keep its pipes open for ever.
  child.once('exit', () => limits.kill())
  child.once('close', (code: number | null, signal: string | null) => {
    limits.end()
    log.close()
    const end: ProgramEnd = { code, signal, notStarted, ...limits.found(), tail: log.tail() }
    say({ kind: 'ended', end }, () => process.exit(0))
  })
}

interface Limits {
  /** Asks the program to end, and kills it some time later. */
  stop(reason: StopReason): void
  kill(): void
  /** Ends the watch. */
  end(): void
  /** What it came to so far. */
  found(): Pick<ProgramEnd, 'stopped' | 'peakBytes' | 'cpuMs'>
}

function holdToLimits(child: ChildProcess, { timeMs, graceMs, memoryBytes, output }: GuardTask): Limits {
  let stopped: StopReason | null = null
  let [peakBytes, cpuMs] = [0, 0]
  const timers: NodeJS.Timeout[] = []
  const send = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    if (child.pid === undefined) return
    const { pids } = sessionUsage(child.pid, Infinity)
    for (const pid of new Set([-child.pid, ...pids])) sendTo(pid, signal)
  }
  const kill = (reason: StopReason): void => {
    stopped ??= reason
    send('SIGKILL')
  }
  const stop = (reason: StopReason): void => {
    stopped ??= reason
    send('SIGTERM')
    timers.push(setTimeout(() => send('SIGKILL'), graceMs))
  }
  const look = (): void => {
    if (child.pid === undefined || child.exitCode !== null) return
    const usage = sessionUsage(child.pid, memoryBytes)
    peakBytes = Math.max(peakBytes, usage.memoryBytes)
    cpuMs = Math.max(cpuMs, usage.cpuMs)
    if (usage.memoryBytes > memoryBytes) kill('memory')
  }
  const weigh = (): void => {
    if (folderBytes(output.folder) > output.maxBytes) kill('output')
  }
  timers.push(setInterval(look, lookEveryMs), setInterval(weigh, weighEveryMs))
  timers.push(setTimeout(() => stop('deadline'), timeMs))
  return {
    stop,
    kill: () => send('SIGKILL'),
    end: () => timers.forEach((timer) => clearTimeout(timer)),
    found: () => ({ stopped, peakBytes, cpuMs }),
  }
}

/** Writes what the program prints to its log, and says the lines that ask for it. */
function passOn({ stdout, stderr }: ChildProcess, write: (bytes: Buffer) => void): void {
  stderr?.on('data', write)
  let rest = ''
  stdout?.on('data', (bytes: Buffer) => {
    write(bytes)
    const lines = (rest + bytes.toString('utf8')).split('\n')
    rest = (lines.pop() ?? '').slice(0, longestLine)
    for (const line of lines) if (line.startsWith(toldPrefix)) say({ kind: 'line', line: line.slice(0, longestLine) })
  })
}

/** When the machine has no memory left, the program ends before the server does. */
function sufferFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500')
  } catch {
    // Not everywhere is there such a thing.
  }
}

function sendTo(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}

function say(message: GuardMessage, done?: () => void): void {
  if (process.connected) process.send?.(message, () => done?.())
  else done?.()
}

const lookEveryMs = 200
const weighEveryMs = 1000
const longestLine = 1000
