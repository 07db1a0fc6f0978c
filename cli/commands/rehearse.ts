import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { rehearsalPage, rehearsalText, type RehearsalReport } from '#analysis'
import { readConfig } from '#platform'
import { parseSystem, type LoadedSystem } from '#system'
import { programSettings } from '#training'
import { rehearse as replayHistory, varySystem } from '#rehearsal'
import type { CommandDefinition } from '../command.ts'
import { numberOption } from '../number-option.ts'
import { say, sayJson } from '../print.ts'
import { runStages, type Stage } from '../progress.ts'
import { readSystem } from '../system-file.ts'

export const rehearse: CommandDefinition = {
  usage: 'rehearse [file]',
  about: 'Replay history through the whole loop on a virtual clock, and show what it would have cost',
  example: 'millrace rehearse flight-delay.system.ts --vary retrain.every=7d,28d,never --out report.html',
  options: [
    ['--vary <path=values>', 'compare policies side by side, such as retrain.every=7d,28d,never'],
    ['--seed <number>', 'another seed than the one of the file'],
    ['--out <file>', 'where the page goes', 'rehearsal.html'],
  ],
  run: async ({ words, options, json }) => {
    const seed = numberOption(options, 'seed')
    const loaded = await readSystem(words[0], { json })
    const system = seed === undefined ? loaded : { ...loaded, spec: parseSystem({ ...loaded.spec, seed }) }
    const vary = typeof options['vary'] === 'string' ? varySystem(system.spec, options['vary']) : []
    const state: RehearsalState = { out: resolve(String(options['out'])) }
    await runStages([rehearsalStage(system, vary), pageStage], state, { quiet: json })
    const report = state.report as RehearsalReport
    if (json) sayJson(report)
    else
      say(
        `\n${rehearsalText(report)}\n\nThe page with charts: ${state.out}\nNext: millrace apply ${words[0] ?? ''}`.trimEnd(),
      )
    return 0
  },
}

/** What the stages of a rehearsal share. */
export interface RehearsalState {
  /** File of the page. */
  out: string
  report?: RehearsalReport
}

/** Rehearses in a scratch folder that is removed again. */
export function rehearsalStage(
  system: Pick<LoadedSystem, 'spec' | 'baseFolder' | 'commit' | 'dirty'>,
  vary: ReturnType<typeof varySystem>,
): Stage<RehearsalState> {
  return {
    title: `Rehearse ${system.spec.name}`,
    run: async (state, tell) => {
      const config = readConfig()
      const folder = await mkdtemp(join(tmpdir(), 'millrace-rehearsal-'))
      try {
        state.report = await replayHistory({
          system,
          folder,
          vary,
          programs: programSettings(config, resolve(config.MILLRACE_STORE)),
          tell: ({ stage, text, share }) =>
            tell(`${stage}: ${text}${share === null ? '' : ` (${Math.round(share * 100)} %)`}`),
        })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Writes the page. */
export const pageStage: Stage<RehearsalState> = {
  title: 'Write the page',
  run: async (state) => writeFile(state.out, await rehearsalPage(state.report as RehearsalReport)),
}
