import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'

/** What a program and the processes that it started came to. */
export interface MeasuredChild {
  readonly code: number | null
  readonly stdout: string
  readonly seconds: number
  /** Most memory that one of the processes held at once, in MB; NaN where the machine has no /proc. */
  readonly peakMb: number
}

/** Runs a program to its end, and looks five times a second what memory it and its descendants have held. */
export function measuredChild(
  command: string,
  parameters: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly tell?: (text: string) => void },
): Promise<MeasuredChild> {
  return new Promise((resolve, reject) => {
    const begun = performance.now()
    const child = spawn(command, parameters, {
      cwd: options.cwd,
      ...(options.env ? { env: options.env } : {}),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let stdout = ''
    let peakMb = NaN
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      options.tell?.(text)
    })
    const look = async (): Promise<void> => {
      const peaks = await Promise.all((await familyOf(child.pid as number)).map(peakOf))
      peakMb = Math.max(Number.isNaN(peakMb) ? 0 : peakMb, ...peaks.filter((peak) => !Number.isNaN(peak))) || NaN
    }
    const looking = setInterval(() => void look().catch(() => undefined), 200)
    child.once('error', (error) => {
      clearInterval(looking)
      reject(error)
    })
    child.once('close', (code) => {
      clearInterval(looking)
      resolve({ code, stdout, seconds: (performance.now() - begun) / 1000, peakMb })
    })
  })
}

/** A process and all that descend from it. */
async function familyOf(root: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const parents = new Map(await Promise.all(pids.map(async (pid) => [pid, await parentOf(pid)] as const)))
  const family = [root]
  for (const member of family) for (const [pid, parent] of parents) if (parent === member) family.push(pid)
  return family
}

const parentOf = (pid: number): Promise<number> => statusOf(pid, 'PPid')

/** The greatest resident size that a process has had, in MB. */
const peakOf = async (pid: number): Promise<number> => (await statusOf(pid, 'VmHWM')) / 1024

/** A number of a process's status; NaN where it has ended. */
async function statusOf(pid: number, name: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? NaN)
}
