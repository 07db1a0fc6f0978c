import { expect, test } from 'vitest'
import { readOutcome } from './read-outcome.ts'

const late = { task: 'binary', classes: ['on time', 'late'] } as const
const flag = { task: 'binary', classes: ['false', 'true'] } as const
const digit = { task: 'binary', classes: ['0', '1'] } as const
const intents = { task: 'multiclass', classes: ['card_arrival', 'exchange_rate'] } as const
const fare = { task: 'regression', classes: [] } as const

test.each([
  { sent: 'late', form: late, read: { label: 'late' }, why: 'a class by its name' },
  { sent: true, form: flag, read: { label: 'true' }, why: 'a truth' },
  { sent: 1, form: flag, read: { label: 'true' }, why: '1 stands for true' },
  { sent: '0', form: flag, read: { label: 'false' }, why: '0 stands for false' },
  { sent: 'TRUE', form: digit, read: { label: '1' }, why: 'true stands for 1' },
  { sent: 0, form: digit, read: { label: '0' }, why: 'a class that is a number' },
  {
    sent: 'lost_card',
    form: intents,
    read: { label: 'lost_card' },
    why: 'the world has classes that a model does not know',
  },
  { sent: '12.5', form: fare, read: { value: 12.5 }, why: 'a number as text' },
  { sent: -3, form: fare, read: { value: -3 }, why: 'a negative number' },
])('readOutcome() takes $sent: $why', ({ sent, form, read }) => {
  expect(readOutcome(sent, form)).toEqual(read)
})

test.each([
  { sent: true, form: late, wrong: "'true' is neither 'on time' nor 'late'" },
  { sent: 2, form: flag, wrong: "'2' is neither 'false' nor 'true'" },
  { sent: '', form: late, wrong: 'the outcome is missing' },
  { sent: null, form: fare, wrong: 'the outcome is missing' },
  { sent: 'dear', form: fare, wrong: "'dear' is not a number" },
  { sent: true, form: fare, wrong: "'true' is not a number" },
  { sent: Infinity, form: fare, wrong: "'Infinity' is not a number" },
])('readOutcome() refuses $sent: $wrong', ({ sent, form, wrong }) => {
  expect(readOutcome(sent, form)).toBe(wrong)
})
