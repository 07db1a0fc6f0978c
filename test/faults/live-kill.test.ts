import { expect, test } from 'vitest'
import { runLiveKill } from '../../bench/live-kill/run-live-kill.ts'

test('the live loop, killed at four random moments, finishes and loses or doubles nothing that was acknowledged', async () => {
  const { kills, ledger, audit } = await runLiveKill({ kills: 4, seed: 'faults', log: () => undefined })
  expect({ ...audit, problems: ledger.problems }).toEqual({ lost: [], doubled: [], unfinished: [], problems: [] })
  expect(kills).toBe(4)
  expect(ledger.ended.size).toBeGreaterThan(0)
  expect(ledger.answers.size).toBeGreaterThan(20)
  expect(ledger.told.size).toBeGreaterThan(0)
}, 120_000)
