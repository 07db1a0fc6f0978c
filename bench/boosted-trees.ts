import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { measure } from '#evaluation'
import { openLake, quoteText, seededRandom } from '#platform'
import type { Lake, Table } from '#platform'
import { trainerOf, trainerParameters } from '#training'
import type { Bench, Figure } from './bench-shape.ts'
import { flightFeatures, writeFlightFeatures } from './flight-features.ts'
import { pythonEnvironment } from './peers/python-environment.ts'

const packages = ['lightgbm>=4.6,<5', 'pandas>=2.2,<4', 'pyarrow>=17']
const settings = { rounds: 100, leaves: 31, learningRate: 0.1 }
const sizes = { '100k': 100_000, '1M': 1_000_000 }

/** Boosted trees against LightGBM: the same files, rounds and leaves, one thread each. */
export const bench: Bench = {
  name: 'boosted-trees',
  about: 'Boosted trees against LightGBM on one thread: quality and processor time on 100,000 and 1,000,000 flights',
  run: async (context) => {
    const environment = await pythonEnvironment(packages, context)
    if ('skipped' in environment) return environment
    const folder = await mkdtemp(join(tmpdir(), 'millrace-trees-'))
    const lake = await openLake({ folder, threads: 2, memoryMb: 2000 })
    try {
      const fileOf = (name: string): string => join(folder, `${name}.parquet`)
      context.log('Writing the flights as Parquet')
      const train = Object.fromEntries(Object.entries(sizes).map(([size, rows]) => [fileOf(size), rows]))
      await writeFlightFeatures(lake, { train, test: fileOf('test') })
      const figures: Figure[] = []
      for (const size of Object.keys(sizes)) {
        const files = { train: fileOf(size), test: fileOf('test'), predictions: join(folder, 'predictions.f64') }
        context.log(`Training on ${size} flights, LightGBM first`)
        const theirs = await trainPeer(environment.python, files)
        const ours = await trainOwn(lake, files)
        const truth = await truthOf(lake, files.test)
        figures.push(...compare(size, { ours, theirs, truth }))
      }
      return figures
    } finally {
      lake.close()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

interface Files {
  readonly train: string
  readonly test: string
  readonly predictions: string
}

/** What one side came to: probabilities of the test rows, and its processor time. */
interface Trained {
  readonly label: string
  readonly probabilities: Float64Array
  readonly seconds: number
}

async function trainPeer(python: string, files: Files): Promise<Trained> {
  const script = fileURLToPath(new URL('peers/lightgbm.py', import.meta.url))
  const options = JSON.stringify({ ...settings, ...flightFeatures })
  const { stdout } = await promisify(execFile)(python, [script, files.train, files.test, files.predictions, options])
  const { version, seconds } = JSON.parse(stdout) as { version: string; seconds: number }
  const bytes = await readFile(files.predictions)
  const probabilities = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return { label: `LightGBM ${version}`, probabilities, seconds }
}

async function trainOwn(lake: Lake, files: Files): Promise<Trained> {
  const names = [...flightFeatures.categorical, ...flightFeatures.numeric]
  const read = (file: string): Promise<Table> => lake.table(`select ${names.join(', ')} from ${quoteText(file)}`)
  const table = await read(files.train)
  const inputs = [
    ...flightFeatures.categorical.map((name) => ({ name, type: 'categorical' as const })),
    ...flightFeatures.numeric.map((name) => ({ name, type: 'numeric' as const })),
  ]
  const labels = await truthOf(lake, files.train)
  const target = { kind: 'classes' as const, classes: ['no', 'yes'], labels }
  const trainer = trainerOf('boosted-trees')
  const params = trainerParameters(trainer, settings)
  const before = process.cpuUsage()
  const fitted = await trainer.fit({ task: 'binary', inputs, table, target }, params, { random: seededRandom(1) })
  const { user, system } = process.cpuUsage(before)
  const scores = await fitted.predict(await read(files.test))
  if (scores.kind !== 'classes') throw new TypeError('Cannot compare: the trees gave no probabilities')
  const probabilities = Float64Array.from(scores.probabilities).filter((_, place) => place % 2 === 1)
  return { label: 'Millrace', probabilities, seconds: (user + system) / 1e6 }
}

async function truthOf(lake: Lake, file: string): Promise<Int32Array> {
  const { columns } = await lake.table(`select late::integer as late from ${quoteText(file)}`)
  return Int32Array.from(columns['late']?.kind === 'number' ? columns['late'].values : [])
}

function compare(
  size: string,
  { ours, theirs, truth }: { readonly ours: Trained; readonly theirs: Trained; readonly truth: Int32Array },
): Figure[] {
  const [own, peer] = [qualityOf(ours, truth), qualityOf(theirs, truth)]
  const figure = (name: string, values: Omit<Figure, 'name' | 'better'>): Figure => ({
    name: `${name}, ${size} flights`,
    ...values,
    better: 'lower',
  })
  return [
    figure('Log loss above that of LightGBM', {
      figure: 100 * (own.logLoss / peer.logLoss - 1),
      bar: 1,
      unit: '%',
      against: `${theirs.label}: ${peer.logLoss.toFixed(5)}, here ${own.logLoss.toFixed(5)}`,
    }),
    figure('AUC below that of LightGBM', {
      figure: peer.auc - own.auc,
      bar: 0.005,
      unit: '',
      against: `${theirs.label}: ${peer.auc.toFixed(5)}, here ${own.auc.toFixed(5)}`,
    }),
    figure('Processor time of LightGBM', {
      figure: ours.seconds / theirs.seconds,
      bar: 2.5,
      unit: 'times',
      against: `${theirs.label}: ${theirs.seconds.toFixed(2)} s, here ${ours.seconds.toFixed(2)} s, one thread each`,
    }),
  ]
}

function qualityOf({ probabilities }: Trained, labels: Int32Array) {
  const pairs = Float64Array.from({ length: labels.length * 2 }, (_, place) => {
    const positive = probabilities[place >> 1] as number
    return place % 2 ? positive : 1 - positive
  })
  const classes = ['no', 'yes']
  const scores = { kind: 'classes' as const, classes, probabilities: pairs }
  const found = measure({ task: 'binary', scores, truth: { kind: 'classes', classes, labels }, per: 1 })
  return { logLoss: found['log-loss'] as number, auc: found['auc'] as number }
}
