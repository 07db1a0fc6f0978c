import { readdirSync, readFileSync } from 'node:fs'

/** What the processes of one session use. */
export interface SessionUsage {
  readonly pids: readonly number[]
  readonly memoryBytes: number
  readonly cpuMs: number
}

/**
 * The processes of a session with their memory and time, as Linux tells them; elsewhere none.
 *
 * Memory is what is resident; where that is above `exactFromBytes`, pages that several processes share are counted once.
 * @param session id of the process that began the session
 * @see proc_pid_stat(5), proc_pid_status(5), proc_pid_smaps(5)
 */
export function sessionUsage(session: number, exactFromBytes: number): SessionUsage {
  const found = processIds().flatMap((pid) => usageOf(pid, session))
  const cpuMs = found.reduce((sum, one) => sum + one.cpuMs, 0)
  const resident = found.reduce((sum, one) => sum + one.memoryBytes, 0)
  const memoryBytes =
    found.length > 1 && resident > exactFromBytes
      ? found.reduce((sum, one) => sum + (ownShare(one.pid) ?? one.memoryBytes), 0)
      : resident
  return { pids: found.map(({ pid }) => pid), memoryBytes, cpuMs }
}

function processIds(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

interface ProcessUsage {
  readonly pid: number
  readonly memoryBytes: number
  readonly cpuMs: number
}

function usageOf(pid: number, session: number): readonly ProcessUsage[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program stands in brackets and may hold anything; the state comes behind it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (Number(fields[3]) !== session) return []
    const ticks = [11, 12, 13, 14].reduce((sum, place) => sum + Number(fields[place]), 0)
    return [{ pid, memoryBytes: sizeIn(pid, { file: 'status', field: 'VmRSS' }) ?? 0, cpuMs: ticks * msPerTick }]
  } catch {
    return []
  }
}

/** Resident memory of a process, of shared pages its share. */
const ownShare = (pid: number): number | undefined => sizeIn(pid, { file: 'smaps_rollup', field: 'Pss' })

/** A size that a file of a process tells, in bytes. */
function sizeIn(pid: number, { file, field }: { readonly file: string; readonly field: string }): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/${file}`, 'latin1')
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}

const msPerTick = 10
