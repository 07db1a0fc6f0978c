/** Does something for each item, a few at a time. Where one fails, it ends once those that were begun have ended. */
export async function fewAtATime<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const failed: unknown[] = []
  const work = async (): Promise<void> => {
    for (const item of left) {
      if (failed.length > 0) return
      await act(item).catch((error: unknown) => failed.push(error))
    }
  }
  await Promise.all(Array.from({ length: few }, work))
  if (failed.length > 0) throw failed[0]
}

const few = 8
