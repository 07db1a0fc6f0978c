import { mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditStore } from '../../bench/live-kill/audit-store.ts'
import { runLiveKill, type LiveKill } from '../../bench/live-kill/run-live-kill.ts'

let folder: string
let done: LiveKill
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-live-kill-'))
  done = await runLiveKill({ folder, kills: 4, seed: 'faults', log: () => undefined })
}, 180_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

test('the live loop, killed at four random moments, finishes and loses or doubles nothing that was acknowledged', () => {
  const { kills, ledger, audit } = done
  expect({ ...audit, problems: ledger.problems }).toEqual({ lost: [], doubled: [], unfinished: [], problems: [] })
  expect(kills).toBe(4)
  expect(ledger.ended.size).toBeGreaterThan(0)
  expect(ledger.answers.size).toBeGreaterThan(20)
  expect(ledger.told.size).toBeGreaterThan(0)
})

test('auditStore() finds what a store has lost, doubled, or left in half', async () => {
  const { ledger } = done
  const [answer] = [...ledger.answers.values()]
  if (!answer) throw new Error('Nothing was answered')
  ledger.answers.set('prediction_lost', answer)
  ledger.told.add('prediction_lost')
  ledger.turns.set('turn-lost', 'run_lost')
  const facts = new DatabaseSync(join(folder, 'store', 'facts.sqlite'))
  facts.exec(`insert into feedback_batches (system, batch_key, source, actor, received_ms, counts)
              select system, 'again', source, actor, received_ms, counts from feedback_batches limit 1;
              insert into feedback_outcomes select last_insert_rowid(), 0, system, prediction_id, label, value, observed_ms
              from feedback_outcomes limit 1`)
  facts.exec("delete from governance_decisions where kind = 'gate'")
  facts.exec("update tracking_runs set status = 'failed' where name = 'logistic'")
  facts.exec(`update tracking_origins set run_key = run_key || '-other'
              where run in (select number from tracking_runs where name = 'majority')`)
  facts.close()
  const { lost, doubled, unfinished } = await auditStore(join(folder, 'store'), ledger)
  const all = { lost: lost.join('\n'), doubled: doubled.join('\n'), unfinished: unfinished.join('\n') }
  expect(all.lost).toContain('prediction prediction_lost is not in the log')
  expect(all.lost).toContain('the outcome of prediction_lost is not there')
  expect(all.lost).toContain('the run of turn-lost is not there')
  expect(all.lost).toContain('the decision log breaks at')
  expect(all.lost).toMatch(/decision .*\/turn-1\/gate/)
  expect(all.lost).toMatch(/run .*\/turn-1\/majority is not there/)
  expect(all.doubled).toMatch(/the outcome of .* was taken 2 times/)
  expect(all.doubled).toMatch(/majority-other is one too many/)
  expect(all.unfinished).toContain('turn-lost is at work')
  expect(all.unfinished).toMatch(/logistic is failed/)
})
