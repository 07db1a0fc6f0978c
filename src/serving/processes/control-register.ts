import { problemFailure, type Problem } from '#platform'
import type { PartRegister } from '../prediction-log/part-register.ts'
import type { FromServing } from './messages.ts'

/** A register that the control process keeps for a serving process. */
export interface ControlRegister {
  readonly register: PartRegister
  /** Takes the answer of the control process. */
  listed(call: number, problem: Problem | null): void
  /** The control process is gone: what waits, and what comes, is listed by this process itself. */
  listAlone(): void
}

/**
 * Lets the control process list the files of this process's log: a commit waits for the disk, and the thread that would
 * do it here is the one that answers requests.
 * @param own lists where the control process is gone
 */
export function controlRegister(say: (message: FromServing) => void, own: PartRegister): ControlRegister {
  const waiting = new Map<
    number,
    { readonly done: () => void; readonly failed: (error: unknown) => void; readonly alone: () => Promise<void> }
  >()
  let calls = 0
  let isAlone = false
  const ask = (message: (call: number) => FromServing, alone: () => Promise<void>): Promise<void> => {
    if (isAlone) return alone()
    return new Promise((done, failed) => {
      waiting.set(++calls, { done, failed, alone })
      say(message(calls))
    })
  }
  return {
    register: {
      open: (part) =>
        ask(
          (call) => ({ kind: 'partOpened', call, part }),
          () => own.open(part),
        ),
      seal: (name, content) =>
        ask(
          (call) => ({ kind: 'partSealed', call, name, content }),
          () => own.seal(name, content),
        ),
    },
    listed: (call, problem) => {
      const asked = waiting.get(call)
      waiting.delete(call)
      if (problem) asked?.failed(problemFailure(problem))
      else asked?.done()
    },
    listAlone: () => {
      isAlone = true
      for (const { alone, done, failed } of waiting.values()) alone().then(done, failed)
      waiting.clear()
    },
  }
}
