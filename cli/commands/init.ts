import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join, relative, resolve } from 'node:path'
import { sniffFile } from '#ingress'
import { migrations } from '#ingress/migrations'
import { openWorkspace, silentLog, systemClock, systemIds } from '#platform'
import { proposeSystem } from '#system'
import type { CommandDefinition } from '../command.ts'
import { say, sayJson } from '../print.ts'
import { usageFailure } from '../usage-failure.ts'

export const init: CommandDefinition = {
  usage: 'init [data]',
  about: 'Look at a CSV, Parquet or JSON file and write a commented system file for it',
  example: 'millrace init orders.csv --name late-orders',
  options: [
    ['--name <name>', "the system's name; the file's where absent"],
    ['--out <file>', 'where the system file goes; <name>.system.ts where absent'],
  ],
  run: async ({ words, options, json }) => {
    const data = resolve(words[0] ?? (await onlyDataFile()))
    const name =
      typeof options['name'] === 'string'
        ? options['name']
        : basename(data, extname(data))
            .toLowerCase()
            .replaceAll(/[^a-z0-9]+/g, '-')
            .replaceAll(/^[^a-z]+|-+$/g, '') || 'system'
    const out = resolve(typeof options['out'] === 'string' ? options['out'] : `${name}.system.ts`)
    if (
      await access(out).then(
        () => true,
        () => false,
      )
    )
      throw usageFailure('wontOverwrite', `Cannot write '${relative('.', out)}': it is there already`)
    const sketch = await sniff(data)
    const path = relative(join(out, '..'), data)
    const { kind, columns, rows, delimiter } = sketch
    await writeFile(
      out,
      proposeSystem({
        name,
        file: { kind, path, columns, rows, delimiter, sample: sketch.sample },
        nowMs: systemClock.now(),
      }),
    )
    const file = relative('.', out)
    if (json) sayJson({ file, kind, rows, columns })
    else {
      say(
        `${basename(data)}: ${kind}, ${rows} rows${sketch.malformed > 0 ? `, ${sketch.malformed} that cannot be read` : ''}`,
      )
      for (const column of columns)
        say(
          `  ${column.name.padEnd(28)} ${column.type.padEnd(12)} ${column.distinct} values${column.nulls > 0 ? `, ${column.nulls} without one` : ''}`,
        )
      say(
        `\nWrote ${file}: read it, correct what it proposes, above all the objective and the money.\n\nNext: millrace plan ${file}`,
      )
    }
    return 0
  },
}

/** The only data file of this folder. */
async function onlyDataFile(): Promise<string> {
  const names = (await readdir('.')).filter((name) => /\.(csv|tsv|parquet|pq|ndjson|jsonl)$/i.test(name))
  if (names.length === 1) return names[0] as string
  throw usageFailure(
    'whichFile',
    `Cannot tell which data is meant: this folder has ${names.length === 0 ? 'no CSV, Parquet or NDJSON file' : names.join(', ')}`,
  )
}

async function sniff(path: string) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-init-'))
  const workspace = await openWorkspace({
    folder,
    migrations,
    clock: systemClock,
    ids: systemIds(systemClock),
    log: silentLog,
  })
  try {
    return await sniffFile(workspace, path)
  } finally {
    await workspace.close()
    await rm(folder, { recursive: true, force: true })
  }
}
