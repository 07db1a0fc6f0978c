import type { CommandDefinition } from '../../command.ts'
import { connect } from '../../connect.ts'
import { say, sayJson } from '../../print.ts'
import { runStages } from '../../progress.ts'
import { bringIn } from '../../transfer/bring-in.ts'
import { bringModels } from '../../transfer/bring-models.ts'
import { openFolder, type FolderSource } from '../../transfer/folder-source.ts'
import { noPlaces } from '../../transfer/places.ts'
import { emptyReport, reportText } from '../../transfer/report.ts'

export const importRuns: CommandDefinition = {
  group: 'runs',
  usage: 'import <folder>',
  about: 'Bring an exported experiment in; again to go on with an import that was interrupted',
  example: 'millrace runs import churn-export --experiment churn-of-2025',
  options: [['--experiment <name>', 'name of the experiment here; the exported one where absent']],
  run: async ({ words, options, json, store }) => {
    const [folder = ''] = words
    const name = options['experiment'] as string | undefined
    const report = emptyReport()
    const state = { source: undefined as FolderSource | undefined }
    await runStages(
      [
        {
          title: `Check ${folder}`,
          run: async (_, tell) => void (state.source = await openFolder(folder, { tell })),
        },
      ],
      state,
      { quiet: json },
    )
    await using source = state.source as FolderSource
    await using connection = await connect(store, { listens: true })
    await runStages(
      [
        {
          title: `Import ${name ?? source.experiment.name}`,
          run: async (_, tell) => {
            const target = { connection, places: noPlaces(), report, tell }
            await bringIn(target, source, { name })
            await bringModels(target, source.models())
          },
        },
      ],
      state,
      { quiet: json },
    )
    const [experiment] = report.experiments
    if (json) sayJson(report)
    else say(`${reportText(report)}\n\nNext: millrace runs list --experiment ${experiment?.here}`)
    return report.failures.length === 0 ? 0 : 1
  },
}
