/**
 * An abort signal that a flag in shared memory fires: a trainer that never gives its thread's event loop a turn sees it
 * when it looks at `aborted`.
 * @param flag one number, shared between threads: 0 until the signal is to fire
 */
export function flagSignal(flag: Int32Array): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  const wasAborted = (): boolean => Reflect.get(AbortSignal.prototype, 'aborted', signal)
  const look = (): boolean => {
    if (Atomics.load(flag, 0) !== 0 && !wasAborted()) controller.abort()
    return wasAborted()
  }
  Object.defineProperty(signal, 'aborted', { get: look })
  Object.defineProperty(signal, 'throwIfAborted', {
    value: () => {
      if (look()) throw signal.reason
    },
  })
  return signal
}

/** Sets the flag of a {@link flagSignal}. */
export function fireFlag(flag: Int32Array): void {
  Atomics.store(flag, 0, 1)
}
