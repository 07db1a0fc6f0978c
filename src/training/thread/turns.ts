/** Lets so many do their work at once; the others wait, first come first served. */
export interface Turns {
  /**
   * Does `work` when its turn comes.
   * @throws the signal's reason, when it fires before that
   */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

export function turns(limit: number): Turns {
  const waiting: (() => void)[] = []
  let free = limit
  const wait = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(start), 1)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      waiting.push(start)
    })
  return {
    take: async (signal, work) => {
      signal.throwIfAborted()
      if (free > 0) free--
      else await wait(signal)
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free++
      }
    },
  }
}
