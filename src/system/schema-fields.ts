import { z } from 'zod'
import { durationPattern, type Duration } from '#platform'

export const column = z.string().min(1).max(255)
export const duration = z.custom<Duration>(
  (value) => typeof value === 'string' && durationPattern.test(value),
  "a span of time such as '15m', '36h' or '28d'",
)
export const share = z.number().min(0).max(1)
