import { readdir, readFile } from 'node:fs/promises'

/**
 * Processor time, user and system, that a process and its descendants have used, in microseconds.
 *
 * Descendants that ended are included where their parent is of the tree and has waited for them; one that ended after
 * its parent had is lost. The kernel counts in ticks of 10 ms: take differences over seconds.
 *
 * @returns NaN where the machine has no /proc or the root is gone
 */
export async function cpuMicros(root: number): Promise<number> {
  const tree = await treeOf(root)
  return tree.length === 0 ? NaN : tree.reduce((sum, { micros }) => sum + micros, 0)
}

/** Ids of a process and its descendants, its own first. */
export async function treePids(root: number): Promise<readonly number[]> {
  return (await treeOf(root)).map(({ pid }) => pid)
}

/** Ends a process and its descendants: asks the root, gives it time, and kills what is left of the tree. */
export async function endTree(root: number, { patienceMs }: { readonly patienceMs: number }): Promise<void> {
  const members = await treeOf(root)
  if (members.length === 0) return
  signal(root, 'SIGTERM')
  const begun = performance.now()
  const left = async (): Promise<readonly Status[]> => {
    const now = await Promise.all(members.map(({ pid }) => statusOf(pid)))
    // A pid that is used again has another beginning; one that its parent has yet to wait for is a zombie.
    return now
      .filter((status) => status !== null)
      .filter(
        ({ pid, startedAt, state }) =>
          state !== 'Z' && members.some((member) => member.pid === pid && member.startedAt === startedAt),
      )
  }
  while ((await left()).length > 0 && performance.now() - begun < patienceMs)
    await new Promise((resolve) => setTimeout(resolve, 50))
  for (const { pid } of await left()) signal(pid, 'SIGKILL')
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}

interface Status {
  readonly pid: number
  readonly state: string
  readonly parent: number
  readonly startedAt: string
  readonly micros: number
}

/** The root first; empty when it is gone. */
async function treeOf(root: number): Promise<readonly Status[]> {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.map(Number).filter((pid) => pid > 0)
  const all = (await Promise.all(pids.map(statusOf))).filter((status) => status !== null)
  const tree = all.filter(({ pid }) => pid === root)
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid))
  return tree
}

/** @see proc_pid_stat(5): state is field 3, parent 4, times of the process and its ended children 14 to 17, start 22 */
async function statusOf(pid: number): Promise<Status | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  // The name, which may hold anything, ends at the last parenthesis.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 20) return null
  const [state = '', parent] = fields
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid, state, parent: Number(parent), startedAt: fields[19] as string, micros: ticks * microsPerTick }
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const microsPerTick = 10_000
