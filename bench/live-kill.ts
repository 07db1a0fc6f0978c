import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench, Figure } from './bench-shape.ts'
import { runLiveKill, type LiveKill } from './live-kill/run-live-kill.ts'

/** The live loop killed again and again: it finishes, and nothing that was acknowledged is lost or doubled. */
export const bench: Bench = {
  name: 'live-kill',
  about: 'The live loop under load, killed with SIGKILL at 30 random moments and restarted: nothing lost or doubled',
  run: async (context) => {
    const log = (line: string): void => context.log(line)
    const folder = await mkdtemp(join(tmpdir(), 'millrace-live-kill-'))
    let done: LiveKill
    try {
      done = await runLiveKill({ folder, kills: 30, seed: 'live-kill', log })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    const { kills, ledger, audit } = done
    for (const lines of [audit.lost, audit.doubled, audit.unfinished, ledger.problems])
      for (const line of lines.slice(0, 20)) log(`✖ ${line}`)
    const against = `${ledger.ended.size} turns, ${ledger.answers.size} answers, ${ledger.told.size} outcomes`
    const none = (name: string, figure: number): Figure => ({
      name,
      figure,
      bar: 0,
      unit: '',
      better: 'lower',
      against,
    })
    return [
      {
        name: 'live loop: kills',
        figure: kills,
        bar: 30,
        unit: '',
        better: 'higher',
        against: 'SIGKILL at random moments',
      },
      none('live loop: lost', audit.lost.length),
      none('live loop: doubled', audit.doubled.length),
      none('live loop: unfinished', audit.unfinished.length),
      none('live loop: answers that should not be', ledger.problems.length),
    ]
  },
}
