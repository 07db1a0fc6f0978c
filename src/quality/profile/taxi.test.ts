import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { openLake } from '#platform'
import type { ColumnProfile } from '../schema.ts'
import { anomalies } from './anomalies.ts'
import { profileWindows } from './profile-windows.ts'

const data = resolve('../shared/data/nyc-taxi')
const absent = existsSync(data) ? '' : ' (skipped: ../shared/data/nyc-taxi is not there)'

test.skipIf(absent !== '')(
  `anomalies() finds the months in which taxis stopped counting passengers${absent}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taxi-'))
    const lake = await openLake({ folder, threads: 1, memoryMb: 256 })
    try {
      const months = Array.from({ length: 12 }, (_, place) => Date.UTC(2019, 6 + place))
      const files = months.map((month) => `'${data}/${new Date(month).toISOString().slice(0, 7)}.csv'`)
      await lake.run(`create table trips as
      select passenger_count, filename from read_csv([${files.join(', ')}], filename = true, union_by_name = true)`)
      const profiles: ColumnProfile[] = []
      for (const [place, startMs] of months.entries()) {
        const [profile] = await profileWindows(
          { lake },
          {
            relation: `(from trips where filename = ${files[place]})`,
            fields: [{ name: 'passenger_count', type: 'numeric' }],
            binnings: [{ column: 'passenger_count', kind: 'edges', edges: [0.5, 1.5, 2.5] }],
            startMs,
            endMs: months[place + 1] ?? Date.UTC(2020, 6),
          },
        )
        profiles.push(profile as ColumnProfile)
      }
      const found = profiles.flatMap((profile) => anomalies(profiles.slice(0, 8), profile))
      const missing = found.filter(({ kind }) => kind === 'null-share')
      expect(missing.map(({ startMs, value }) => [new Date(startMs).toISOString().slice(0, 7), value])).toEqual([
        ['2020-03', 0.0134],
        ['2020-04', 0.0803],
        ['2020-05', 0.1675],
        ['2020-06', 0.0906],
      ])
    } finally {
      lake.close()
      await rm(folder, { recursive: true })
    }
  },
)
