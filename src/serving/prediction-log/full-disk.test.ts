import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { seededIds, seededRandom, silentLog, systemClock } from '#platform'
import { openWorkspace } from '#test-workspace'
import { migrations } from '../migrations.ts'
import { predictionRelation } from './prediction-relation.ts'

const child = fileURLToPath(new URL('../fixtures/full-child.ts', import.meta.url))

test.each([
  ['before each answer', 0],
  ['ten times a second', 100],
])(
  'a prediction that the machine has no room for is refused whole, others are kept: synchronised %s',
  async (_, syncMs) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-full-'))
    // Files of at most 2 MB: the write that would make the segment longer is cut short in its middle.
    const command = `ulimit -f 2000; exec "${process.execPath}" --conditions=source "${child}" "${folder}" ${syncMs}`
    const writer = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    writer.stdout.on('data', (text: Buffer) => (said += text.toString()))
    await once(writer, 'close')
    const lines = said
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
    const answered = lines.filter(([what]) => what === 'answered').map(([, id]) => id)
    const refused = lines.filter(([what]) => what === 'refused')
    expect([answered.length > 3, refused.map(([, , code]) => code), lines.at(-1)?.[0]]).toEqual([
      true,
      ['platform/diskFull'],
      'answered',
    ])
    const workspace = await openWorkspace({
      folder,
      migrations,
      clock: systemClock,
      ids: seededIds(systemClock, seededRandom(1)),
      log: silentLog,
      threads: 1,
    })
    const relation = await predictionRelation(workspace, { system: 'flights' })
    const rows = await workspace.lake.rows(`select id from ${relation} order by id`)
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(answered))
    expect(rows).toHaveLength(answered.length)
    await workspace.close()
    await rm(folder, { recursive: true })
  },
)
