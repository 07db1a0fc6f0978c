import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openLake, quoteText, seededRandom } from '#platform'
import type { Field } from '#model'
import { largestDifference, linearDefaults, linearFeatures, trainerOf, trainerParameters } from '#training'
import type { LinearParameters, TrainingData } from '#training'
import { banking77 } from './banking77-data.ts'
import type { Bench, Figure } from './bench-shape.ts'
import { flightFeatures, writeFlightFeatures } from './flight-features.ts'
import { pythonEnvironment } from './peers/python-environment.ts'

const packages = ['scikit-learn>=1.6,<2', 'scipy', 'numpy']

/** Logistic regression against scikit-learn: the same features, penalty and tolerance, one thread each. */
export const bench: Bench = {
  name: 'logistic',
  about: 'Logistic regression against scikit-learn on one thread: optimum and processor time, on flights and banking77',
  run: async (context) => {
    const environment = await pythonEnvironment(packages, context)
    if ('skipped' in environment) return environment
    const folder = await mkdtemp(join(tmpdir(), 'millrace-logistic-'))
    try {
      const figures: Figure[] = []
      for (const { name, data, parameters } of await casesIn(folder)) {
        context.log(`${name}: fitting on ${data.table.rowCount} rows, scikit-learn first`)
        const theirs = await fitPeer(environment.python, { folder, data, parameters })
        const ours = await fitOwn(data, parameters)
        figures.push(...compare(name, ours, theirs))
      }
      return figures
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

interface Case {
  readonly name: string
  readonly data: TrainingData
  readonly parameters: LinearParameters
}

/** What one side came to: the mean of the penalised loss, the probabilities of the training rows, and the time. */
interface Fitted {
  readonly label: string
  readonly objective: number
  readonly probabilities: Float64Array
  readonly seconds: number
}

async function casesIn(folder: string): Promise<Case[]> {
  const text = await banking77(folder)
  return [
    {
      name: 'flights',
      data: await flights(folder),
      parameters: { ...linearDefaults, l2: 1, tolerance: 2e-8, maxIterations: 10_000 },
    },
    ...(text
      ? [
          {
            name: 'banking77',
            data: text.train,
            parameters: { ...linearDefaults, textL2: 0.1, tolerance: 2e-8, maxIterations: 10_000 },
          },
        ]
      : []),
  ]
}

/** 200,000 flights: 15 numbers, a moment, and 5 categories of 3,000 levels in all. */
async function flights(folder: string): Promise<TrainingData> {
  const lake = await openLake({ folder, threads: 2, memoryMb: 2000 })
  try {
    const file = join(folder, 'flights.parquet')
    await writeFlightFeatures(lake, { train: { [file]: 200_000 }, test: join(folder, 'test.parquet') })
    const names = [...flightFeatures.categorical, ...flightFeatures.numeric, 'date']
    const table = await lake.table(`select ${names.join(', ')}, late::integer as late from ${quoteText(file)}`)
    const inputs = names.map((name): Field => {
      const type = table.columns[name]?.kind === 'string' ? 'categorical' : name === 'date' ? 'timestamp' : 'numeric'
      return { name, type }
    })
    const late = table.columns['late']
    const labels = Int32Array.from(late?.kind === 'number' ? late.values : [])
    return { task: 'binary', inputs, table, target: { kind: 'classes', classes: ['no', 'yes'], labels } }
  } finally {
    lake.close()
  }
}

async function fitPeer(
  python: string,
  {
    folder,
    data,
    parameters,
  }: { readonly folder: string; readonly data: TrainingData; readonly parameters: LinearParameters },
): Promise<Fitted> {
  if (data.target.kind !== 'classes') throw new TypeError('Cannot compare: the target has no classes')
  const { width, starts, places, values } = await linearFeatures(data, parameters)
  const write = (name: string, array: Int32Array | Float64Array): Promise<void> => writeFile(join(folder, name), array)
  await write('starts.i32', starts)
  await write('places.i32', places)
  await write('values.f64', values)
  await write('labels.i32', data.target.labels)
  const l2 = data.inputs.some(({ type }) => type === 'text') ? parameters.textL2 : parameters.l2
  const options = JSON.stringify({ width, l2, tolerance: parameters.tolerance })
  const script = fileURLToPath(new URL('peers/scikit_learn.py', import.meta.url))
  const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
  const env = { ...process.env, ...oneThread }
  const { stdout } = await promisify(execFile)(python, [script, folder, options], { env })
  const said = JSON.parse(stdout) as { version: string; seconds: number; iterations: number; objective: number }
  const bytes = await readFile(join(folder, 'probabilities.f64'))
  const probabilities = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return { ...said, label: `scikit-learn ${said.version} (${said.iterations} iterations)`, probabilities }
}

async function fitOwn(data: TrainingData, parameters: LinearParameters): Promise<Fitted> {
  const trainer = trainerOf('logistic')
  const before = process.cpuUsage()
  const fitted = await trainer.fit(data, trainerParameters(trainer, { ...parameters }), { random: seededRandom(1) })
  const { user, system } = process.cpuUsage(before)
  const scores = await fitted.predict(data.table)
  if (scores.kind !== 'classes') throw new TypeError('Cannot compare: the model gave no probabilities')
  return {
    label: `here (${String(fitted.facts['iterations'])} iterations)`,
    objective: fitted.facts['loss'] as number,
    probabilities: Float64Array.from(scores.probabilities),
    seconds: (user + system) / 1e6,
  }
}

function compare(name: string, ours: Fitted, theirs: Fitted): Figure[] {
  const scores = ({ probabilities }: Fitted) => ({ kind: 'classes' as const, classes: [], probabilities })
  const figures: Omit<Figure, 'better'>[] = [
    {
      name: `Loss above that of scikit-learn, ${name}`,
      figure: ours.objective / theirs.objective - 1,
      bar: 1e-4,
      unit: 'relative',
      against: `${theirs.label}: ${theirs.objective.toFixed(8)}, here ${ours.objective.toFixed(8)}`,
    },
    {
      name: `Largest difference of a probability, ${name}`,
      figure: largestDifference(scores(ours), scores(theirs)),
      bar: 1e-4,
      unit: 'probability',
      against: `${theirs.label}, its training rows`,
    },
    {
      name: `Processor time of scikit-learn, ${name}`,
      figure: ours.seconds / theirs.seconds,
      bar: 1,
      unit: 'times',
      against: `${theirs.label}: ${theirs.seconds.toFixed(2)} s to fit; ${ours.label} ${ours.seconds.toFixed(2)} s to encode, fit and write the file`,
    },
  ]
  return figures.map((figure) => ({ ...figure, better: 'lower' }))
}
