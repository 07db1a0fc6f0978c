import { expect, test } from 'vitest'
import { momentText, shortNumber, tableText } from './table.ts'

test('tableText() sets columns side by side, also where letters take two places', () => {
  expect(
    tableText(
      ['name', 'value'],
      [
        ['試験', '1'],
        ['plain', '2'],
      ],
    ).split('\n'),
  ).toEqual(['name   value', '─────  ─────', '試験   1', 'plain  2'])
})

test('tableText() cuts the widest columns until the table fits, and never those that are to be pasted', () => {
  const id = 'a'.repeat(20)
  const lines = tableText(['run', 'note'], [[id, 'x'.repeat(50)]], { width: 40, whole: ['run'] }).split('\n')
  expect(lines[2]).toBe(`${id}  ${'x'.repeat(17)}…`)
  expect(tableText(['run', 'note'], [[id, 'x'.repeat(50)]]).split('\n')[2]).toHaveLength(72)
})

test('tableText() keeps what was logged on its line', () => {
  expect(tableText(['a'], [['one\ntwo\u001b[2J\u2028three']]).split('\n')[2]).toBe('one two [2J three')
})

test('shortNumber() gives few digits, and infinities their sign', () => {
  expect([0.1 + 0.2, 25_000, -Number.MAX_VALUE, 1e300, 'NaN'].map(shortNumber)).toEqual([
    '0.3',
    '25000',
    '−∞',
    '1e+300',
    'NaN',
  ])
})

test('momentText() is a dash where there is no moment, or none that a date can be', () => {
  expect([0, null, 9e15].map(momentText)).toEqual(['1970-01-01 00:00', '–', '–'])
})
