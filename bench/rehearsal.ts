import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { RehearsalReport } from '#analysis'
import type { Bench, BenchContext } from './bench-shape.ts'
import { measuredChild, type MeasuredChild } from './measured-child.ts'

const root = resolve(import.meta.dirname, '..')

/** The flight-delay rehearsal on 3,000,000 flights, twice. */
export const bench: Bench = {
  name: 'rehearsal',
  about: 'Rehearse flight-delay on 3,000,000 flights twice: time, memory, and the same report byte for byte',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-rehearsal-bench-'))
    try {
      const first = await rehearseOnce(folder, context)
      const second = await rehearseOnce(folder, context)
      const report = JSON.parse(first.stdout) as RehearsalReport
      for (const line of costLines(report)) context.log(line)
      const against = `${report.rows} flights, ${report.windows.length} windows, ${report.versions.length} versions`
      return [
        {
          name: 'rehearsal: time, the faster of two',
          figure: Math.min(first.seconds, second.seconds),
          bar: 60,
          unit: 's',
          better: 'lower',
          against,
        },
        {
          name: 'rehearsal: peak memory',
          figure: Math.max(first.peakMb, second.peakMb),
          bar: 1500,
          unit: 'MB',
          better: 'lower',
          against,
        },
        {
          name: 'rehearsal: the same report byte for byte',
          figure: first.stdout === second.stdout ? 1 : 0,
          bar: 1,
          unit: '',
          better: 'higher',
          against: `two processes, seed ${report.seed}, ${first.stdout.length} bytes`,
        },
      ]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** One rehearsal in a process of its own; what it prints is its report. */
async function rehearseOnce(folder: string, context: BenchContext): Promise<MeasuredChild> {
  const done = await measuredChild(
    process.execPath,
    [
      '--conditions=source',
      join(root, 'cli/main.ts'),
      'rehearse',
      join(root, 'examples/flight-delay'),
      '--json',
      '--out',
      join(folder, 'page.html'),
    ],
    { cwd: folder },
  )
  if (done.code !== 0) throw new Error(`Cannot rehearse: it ended with ${done.code}: ${done.stdout.slice(-1000)}`)
  context.log(`A rehearsal took ${done.seconds.toFixed(1)} s and ${Math.round(done.peakMb)} MB`)
  return done
}

/** What each way of deciding cost. */
const costLines = ({ arms, currency, per, unit }: RehearsalReport): string[] =>
  arms.map(({ name, total }) => `${name.padEnd(8)} ${total.costPer?.toFixed(0)} ${currency} per ${per} ${unit}`)
