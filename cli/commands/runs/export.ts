import type { CommandDefinition } from '../../command.ts'
import { connect } from '../../connect.ts'
import { say, sayJson } from '../../print.ts'
import { runStages } from '../../progress.ts'
import { exportExperiment, type Exported } from '../../transfer/export-experiment.ts'

export const exportRuns: CommandDefinition = {
  group: 'runs',
  usage: 'export <experiment> <folder>',
  about: 'Write a whole experiment into a folder: runs, histories, files, and the versions that point into it',
  example: 'millrace runs export churn churn-export',
  run: async ({ words, json, store }) => {
    const [experiment = '', folder = ''] = words
    await using connection = await connect(store, { listens: true })
    const state = { exported: undefined as Exported | undefined }
    const stage = {
      title: `Export ${experiment}`,
      run: async (_: unknown, tell: (text: string) => void) =>
        void (state.exported = await exportExperiment(connection, { experiment, folder, tell })),
    }
    await runStages([stage], state, { quiet: json })
    const { manifest, notes, runs, points, files, filesThere } = state.exported as Exported
    if (json) sayJson({ folder, runs, points, files, filesThere, notes, manifest })
    else {
      for (const note of notes) say(`⚠ ${note}`)
      say(`${runs} runs with ${points} values of metrics and ${files + filesThere} files are in ${folder}`)
      say(`\nNext: millrace runs import ${folder} --store <another store>`)
    }
    return 0
  },
}
