/**
 * Makes what is generated: the API's description, the types of the SDK, docs/errors.md and docs/metrics.md. With
 * `--check` it writes nothing and exits 1 where a file is stale; `--into FOLDER` looks at (or writes) another tree.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openApp } from '#app'
import { failureCatalogues } from '#platform'
import { metricNames } from '#serving'
import '../cli/usage-failure.ts'
import '#rehearsal'

const root = resolve(import.meta.dirname, '..')
const place = process.argv.indexOf('--into')
const into = place < 0 ? root : resolve(process.argv[place + 1] ?? root)
const scratch = mkdtempSync(join(tmpdir(), 'millrace-generate-'))
const stale: string[] = []

try {
  const app = await openApp({ folder: join(scratch, 'store') })
  const answer = await app.fetch(new Request('http://127.0.0.1/api/openapi.json'))
  const document = `${JSON.stringify(await answer.json(), null, 2)}\n`
  await app.close()
  const documentFile = join(scratch, 'openapi.json')
  writeFileSync(documentFile, document)
  const types = execFileSync(
    process.execPath,
    [join(root, 'sdk/node_modules/openapi-typescript/bin/cli.js'), documentFile, '--empty-objects-unknown'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  keep('sdk/openapi.gen.json', document)
  keep('sdk/api.gen.ts', types)
  keep('docs/errors.md', errorsPage())
  keep('docs/metrics.md', metricsPage())
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
if (stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run 'npm run generate'`)
  process.exitCode = 1
}

function keep(path: string, text: string): void {
  const file = join(into, path)
  if (!process.argv.includes('--check')) return writeFileSync(file, text)
  if (readFileSync(file, 'utf8') !== text) stale.push(path)
}

function metricsPage(): string {
  return [
    '# Metrics',
    '',
    "What `GET /metrics` says in Prometheus' text format, generated from the metrics of serving (`npm run generate`). Counts of",
    'a model are those of all serving processes together.',
    '',
    '| name | type | labels | what it says |',
    '|---|---|---|---|',
    ...metricNames.map(
      ({ name, type, labels, help }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    ),
    '',
  ].join('\n')
}

function errorsPage(): string {
  const parts = [...failureCatalogues()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([component, catalogue]) => {
      const rows = Object.entries(catalogue).map(
        ([code, entry]) =>
          `| \`${component}/${code}\` | ${entry.status} | ${entry.retry ? 'yes' : 'no'} | ${entry.means} | ${entry.remedy.replaceAll('|', '\\|')} |`,
      )
      return [
        `## ${component}`,
        '',
        '| code | HTTP | retry helps | what it means | what to do |',
        '|---|---|---|---|---|',
        ...rows,
      ].join('\n')
    })
  return [
    '# Errors',
    '',
    'Every expected error of Millrace, generated from the catalogues of its parts (`npm run generate`).',
    '',
    parts.join('\n\n'),
    '',
  ].join('\n')
}
