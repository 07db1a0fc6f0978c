import { attribute } from '#model'
import type { GraphBuilder } from '#model'
import { calendarPart, farthestMs, numberArithmetic, type Arithmetic } from '../calendar/calendar-part.ts'
import { graphArithmetic } from '../calendar/graph-arithmetic.ts'

/** The seasons that a baseline can tell, by their number of slots. */
export const seasonSlots = {
  'hour-of-week': 168,
  'hour-of-day': 24,
  'day-of-week': 7,
  'day-of-month': 31,
  'month-of-year': 12,
} as const

export type Season = keyof typeof seasonSlots

/** Slot of each moment (epoch ms), from 0; a missing moment has the slot after the last. */
export function seasonPlaces(season: Season, moments: Float64Array): Int32Array {
  const places = new Int32Array(moments.length)
  for (let row = 0; row < moments.length; row++) {
    const moment = moments[row] as number
    // Written so that NaN is missing too.
    places[row] = Math.abs(moment) <= farthestMs ? slotOf(numberArithmetic, season, moment) : seasonSlots[season]
  }
  return places
}

/**
 * The same inside a graph.
 * @param moments double tensor of shape [N, 1]
 * @returns int64 tensor of shape [N, 1]
 */
export function declareSeasonPlaces(graph: GraphBuilder, season: Season, moments: string): string {
  const limit = graph.constant('double', [1, 1], [farthestMs])
  const present = graph.node('LessOrEqual', [graph.node('Abs', [moments]), limit])
  const missing = graph.constant('double', [1, 1], [seasonSlots[season]])
  const slot = graph.node('Where', [present, slotOf(graphArithmetic(graph), season, moments), missing])
  return graph.node('Cast', [slot], { attributes: { to: attribute.int(int64) } })
}

/** `TensorProto.DataType.INT64`. */
const int64 = 7

function slotOf<T>(arithmetic: Arithmetic<T>, season: Season, moment: T): T {
  const part = (name: Parameters<typeof calendarPart>[1]): T => calendarPart(arithmetic, name, moment)
  switch (season) {
    case 'hour-of-week':
      return arithmetic.plus(arithmetic.times(part('dayofweek'), 24), part('hour'))
    case 'hour-of-day':
      return part('hour')
    case 'day-of-week':
      return part('dayofweek')
    case 'day-of-month':
      return arithmetic.plus(part('day'), -1)
    case 'month-of-year':
    default:
      return arithmetic.plus(part('month'), -1)
  }
}
