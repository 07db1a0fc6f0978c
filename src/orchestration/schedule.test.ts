import { expect, test } from 'vitest'
import { nextDue } from './schedule.ts'

test.each([
  { due: 100, every: 10, now: 100, next: 110, why: 'on time' },
  { due: 100, every: 10, now: 109, next: 110, why: 'a little late' },
  { due: 100, every: 10, now: 110, next: 120, why: 'one missed: the run of now stands for it' },
  { due: 100, every: 10, now: 157, next: 160, why: 'many missed: the next is on the grid' },
])('nextDue() of $due every $every at $now is $next: $why', ({ due, every, now, next }) => {
  expect(nextDue(due, every, now)).toBe(next)
})
