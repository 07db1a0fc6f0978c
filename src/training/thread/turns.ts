/** Lets so many do their work at once; the others wait, first come first served. */
export interface Turns {
  /**
   * Does `work` when its turn comes, and gives its outcome as soon as it is there. The turn is over when `ended` is.
   * @throws the signal's reason, when it fires before that
   */
  take<T>(signal: AbortSignal, work: () => Work<T>): Promise<T>
}

export interface Work<T> {
  readonly outcome: Promise<T>
  /** Settles, without an error, when nothing of the work is left. */
  readonly ended: Promise<unknown>
}

export function turns(limit: number): Turns {
  const waiting: (() => void)[] = []
  let free = limit
  const wait = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(begin), 1)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      waiting.push(begin)
    })
  return {
    take: async (signal, work) => {
      signal.throwIfAborted()
      if (free > 0) free--
      else await wait(signal)
      const release = (): void => {
        const next = waiting.shift()
        if (next) next()
        else free++
      }
      const { outcome, ended } = start(work)
      void ended.then(release)
      return outcome
    },
  }
}

/** Work that cannot even start ends at once. */
function start<T>(work: () => Work<T>): Work<T> {
  try {
    return work()
  } catch (error) {
    return { outcome: Promise.reject(error), ended: Promise.resolve() }
  }
}
