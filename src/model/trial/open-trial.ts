import { fork, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { Failure } from '#platform'
import { fail } from '../failures.ts'
import type { PackOptions } from '../foreign/pack-model.ts'
import type { GraphSession } from '../graph-session.ts'
import type { AdaptFile, OpenedGraph, TrialReply, TrialRequest } from './trial-messages.ts'

/** A process of its own for a model that nobody knows yet: whatever the model does to it, this process goes on. */
export interface Trial {
  /** Writes a graph and what it keeps beside itself as one file. @returns false where it is one already, and nothing was written */
  pack(options: PackOptions): Promise<boolean>
  /** Writes a graph as a model of a system. */
  adapt(options: AdaptFile): Promise<void>
  /** Loads a graph, in the place of the one before. */
  open(path: string): Promise<GraphSession>
  /** Ends the process. */
  close(): Promise<void>
}

export interface TrialOptions {
  /** Memory that the process may use; half of the machine's and at most 3 GB where absent. */
  readonly maxMemoryBytes?: number
  /** Time that one request may take; 2 minutes where absent. */
  readonly maxMs?: number
}

/**
 * Starts the process of a trial. Each of its requests throws what is wrong with the model, or `model/trialEnded` where
 * the process did not survive it.
 */
export function openTrial(options: TrialOptions = {}): Trial {
  const { maxMemoryBytes = Math.min(3 * 2 ** 30, totalmem() / 2), maxMs = 120_000 } = options
  const child = startProcess()
  const calls = new Map<number, { done: (reply: TrialReply) => void; failed: (error: unknown) => void }>()
  let last = 0
  let reason: string | undefined
  const end = (why: string): void => {
    reason ??= why
    child.kill('SIGKILL')
  }
  const ended = new Promise<void>((resolve) => {
    const settle = (state: string): void => {
      reason ??= state
      for (const call of calls.values()) call.failed(fail('trialEnded', `Cannot try the model: ${reason}`))
      calls.clear()
      clearInterval(watch)
      resolve()
    }
    child.once('error', (error) => settle(`its process did not start: ${error.message}`))
    child.once('exit', (code, signal) => settle(`its process ended with ${signal ?? code}`))
  })
  const watch = setInterval(() => {
    void residentBytes(child).then((bytes) => {
      if (bytes > maxMemoryBytes) end(`it takes more than ${Math.round(maxMemoryBytes / 2 ** 20)} MB of memory`)
    })
  }, watchMs).unref()
  child.on('message', (reply: TrialReply) => {
    const call = calls.get(reply.call)
    calls.delete(reply.call)
    if (reply.failed) call?.failed(failureOf(reply.failed))
    else call?.done(reply)
  })
  const ask = async (request: Asked): Promise<TrialReply> => {
    if (reason !== undefined) throw fail('trialEnded', `Cannot try the model: ${reason}`)
    const timer = setTimeout(() => end(`it takes more than ${maxMs / 1000} s`), maxMs).unref()
    try {
      return await new Promise<TrialReply>((done, failed) => {
        const call = ++last
        calls.set(call, { done, failed })
        child.send({ ...request, call }, (error) => {
          // Its end tells why.
          if (error) void ended.then(() => failed(error))
        })
      })
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    pack: async (pack) => (await ask({ kind: 'pack', ...pack })).packed === true,
    adapt: async (adapt) => {
      await ask({ kind: 'adapt', ...adapt })
    },
    open: async (path) => {
      const { inputs, outputs } = (await ask({ kind: 'open', path })).opened as OpenedGraph
      return {
        inputs,
        outputs,
        run: async (feeds, wanted) =>
          (await ask({ kind: 'run', feeds, wanted })).outputs as Awaited<ReturnType<GraphSession['run']>>,
        release: () => Promise.resolve(),
      }
    },
    close: async () => {
      end('it was closed')
      await ended
    },
  }
}

/** A request without its number. */
type Asked = TrialRequest extends infer Each ? (Each extends TrialRequest ? Omit<Each, 'call'> : never) : never

function startProcess(): ChildProcess {
  const source = import.meta.url.endsWith('.ts')
  return fork(new URL(`./trial-process.${source ? 'ts' : 'js'}`, import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning', ...(source ? ['--conditions=source'] : [])],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  })
}

/** Memory that a process holds; 0 where the system does not say. */
async function residentBytes({ pid }: ChildProcess): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(text.split(' ')[1] ?? 0) * pageBytes
}

function failureOf({ code, message, remedy }: NonNullable<TrialReply['failed']>): Failure {
  return new Failure(code, message, {
    entry: { status: 422, means: message, remedy: remedy ?? 'Look at the model file' },
  })
}

const pageBytes = 4096
const watchMs = 50
