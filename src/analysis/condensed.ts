import type { TimelineEvent } from './schema.ts'

/**
 * The timeline without what repeats itself: of signals that follow one another with no other event between them, the
 * first stands for all, with their number.
 */
export function condensed(timeline: readonly TimelineEvent[]): readonly TimelineEvent[] {
  const lines: { event: TimelineEvent; more: number }[] = []
  for (const event of timeline) {
    const last = lines.at(-1)
    if (event.kind === 'signal' && last?.event.kind === 'signal') last.more++
    else lines.push({ event, more: 0 })
  }
  return lines.map(({ event, more }) =>
    more === 0
      ? event
      : {
          ...event,
          ruling: `${event.ruling} (and ${more} more ${more === 1 ? 'signal' : 'signals'} until the next event)`,
        },
  )
}
