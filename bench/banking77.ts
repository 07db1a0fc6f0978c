import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openModel } from '#model'
import { seededRandom } from '#platform'
import type { TrainingData } from '#training'
import { trainerOf } from '#training'
import { banking77 } from './banking77-data.ts'
import type { Bench } from './bench-shape.ts'

/** The embedded text model: 77 intents of bank customers' questions, by its file. */
export const bench: Bench = {
  name: 'banking77',
  about: 'The embedded text model on banking77: accuracy of its file on the test questions, and time to train it',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-banking77-'))
    try {
      const data = await banking77(folder)
      if (!data) return { skipped: 'the data is not there: ../shared/data/banking77' }
      context.log(`Training on ${data.train.table.rowCount} questions`)
      const trainer = trainerOf('logistic')
      const before = process.cpuUsage()
      const fitted = await trainer.fit(data.train, trainer.defaults, { random: seededRandom(1) })
      const { user, system } = process.cpuUsage(before)
      return [
        {
          name: 'Test accuracy of the file',
          figure: await accuracyOf(fitted.onnx, data.test),
          bar: 0.88,
          unit: 'share',
          better: 'higher',
          against: `${data.test.table.rowCount} questions, 77 intents`,
        },
        {
          name: 'Processor time of training',
          figure: (user + system) / 1e6,
          bar: 15,
          unit: 's',
          better: 'lower',
          against: `a limit; ${String(fitted.facts['features'])} terms, words split and file written included`,
        },
      ]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function accuracyOf(onnx: Uint8Array, { table, target }: TrainingData): Promise<number> {
  const model = await openModel(onnx)
  const scores = await model.predict(table)
  await model.release()
  if (scores.kind !== 'classes' || target.kind !== 'classes')
    throw new TypeError('Cannot judge: the model gave no classes')
  const { probabilities, classes } = scores
  const isRight = (label: number, row: number): boolean => {
    const own = Array.from(probabilities.subarray(row * classes.length, (row + 1) * classes.length))
    return own.indexOf(Math.max(...own)) === label
  }
  return target.labels.filter(isRight).length / table.rowCount
}
