import type { components } from '#sdk'
import { answerOf } from '../../answer.ts'
import type { CommandDefinition } from '../../command.ts'
import { connect } from '../../connect.ts'
import { say, sayJson } from '../../print.ts'
import { momentText, shortNumber, tableText } from '../../table.ts'

export const showRun: CommandDefinition = {
  group: 'runs',
  usage: 'show <run>',
  about: 'Show a run: parameters, newest metrics, tags, datasets, models and files',
  example: 'millrace runs show 8f3c1f0d9b7e4c55a2f0c1d2e3f4a5b6',
  run: async ({ words, json, store }) => {
    await using connection = await connect(store)
    const id = words[0] as string
    const run = await answerOf(connection.api.GET('/api/v1/runs/{id}', { params: { path: { id } } }))
    const folder = /^mlflow-artifacts:\/(.+)$/.exec(run.artifactUri)?.[1]
    const query = { folder: folder ?? '', limit: mostFiles }
    const listed = folder
      ? await answerOf(connection.api.GET('/api/v1/artifacts', { params: { query } }))
      : { files: [], nextOffset: null }
    if (json) sayJson({ ...run, files: listed.files })
    else {
      say(runText(run))
      if (listed.files.length > 0) {
        const rows = listed.files.map(({ path, sizeBytes }) => [path, String(sizeBytes)])
        say(`\n${tableText(['file', 'bytes'], rows)}${listed.nextOffset === null ? '' : '\n… and more'}`)
      }
      say(`\nNext: millrace runs diff ${id} <another run>`)
    }
    return 0
  },
}

function runText(run: components['schemas']['RunRecord']): string {
  const by = run.system === null ? run.user || 'a client' : `the system ${run.system}`
  const about = [
    ['name', run.name],
    ['experiment', run.experiment.name],
    ['made by', by],
    ['status', run.state === 'deleted' ? `${run.status}, deleted` : run.status],
    ['began', momentText(run.startedAtMs)],
    ['ended', momentText(run.finishedAtMs)],
    ['artifacts', run.artifactUri],
    ...(run.origin
      ? ['seed', 'commit_hash', 'data_hash', 'system_hash'].map((key) => [key, String(run.origin?.[key] ?? '–')])
      : []),
  ]
  const sections = [
    tableText(['run', run.id], about),
    table(
      ['metric', 'newest', 'step'],
      run.metrics.map(({ name, value, step }) => [name, shortNumber(value), String(step)]),
    ),
    table(
      ['parameter', 'value'],
      run.params.map(({ name, value }) => [name, value]),
    ),
    table(
      ['tag', 'value'],
      run.tags.map(({ name, value }) => [name, value]),
    ),
    table(
      ['dataset', 'digest', 'used for'],
      run.datasets.map(({ name, digest, context }) => [name, digest, context ?? '']),
    ),
    table(
      ['logged model', 'is', 'step'],
      run.models.map(({ id, direction, step }) => [id, direction, String(step)]),
    ),
  ]
  return sections.filter((text) => text !== '').join('\n\n')
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : tableText(header, rows)

const mostFiles = 50
