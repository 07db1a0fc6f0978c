import { answerOf } from '../answer.ts'
import type { CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { durationOption } from '../duration-option.ts'
import { say, sayFailure, sayJson } from '../print.ts'

export const collect: CommandDefinition = {
  usage: 'collect',
  about: 'Remove for good what was deleted long enough ago, and the bytes that nothing refers to any more',
  example: 'millrace collect --dry-run --older-than 7d',
  options: [
    ['--dry-run', 'only count what would go'],
    ['--older-than <duration>', "how long ago it was deleted, such as '7d'; MILLRACE_UNDO_DAYS where absent"],
  ],
  run: async ({ options, json, store }) => {
    const dryRun = options['dryRun'] === true
    const olderThan = durationOption(options, 'older-than')
    await using connection = await connect(store)
    const report = await answerOf(
      connection.api.POST('/api/v1/collections', { body: { dryRun, ...(olderThan !== undefined && { olderThan }) } }),
    )
    if (json) {
      sayJson(report)
      return report.stoppedBy ? 1 : 0
    }
    say(`${dryRun ? 'Would remove' : 'Removed'} what was deleted before ${report.deletedBefore}`)
    for (const [name, value] of [
      ['experiments', report.experiments],
      ['runs', report.runs],
      ['logged models', report.loggedModels],
      ['files', report.files],
      ['left-over uploads', report.leftOvers],
      [`bytes ${dryRun ? 'to free' : 'freed'}`, report.bytesFreed],
      ['bytes kept, in use elsewhere', report.bytesKept],
      ['bytes that wait a day', report.bytesWaiting],
    ] as const)
      say(`  ${name.padEnd(30)} ${value.toLocaleString('en').replaceAll(',', ' ')}`)
    const { stoppedBy } = report
    if (stoppedBy) {
      sayFailure(stoppedBy)
      return 1
    }
    if (dryRun) say('\nNext: millrace collect')
    return 0
  },
}
