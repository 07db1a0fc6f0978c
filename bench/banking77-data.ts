import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLake, quoteText } from '#platform'
import type { TrainingData } from '#training'

/**
 * banking77: 10,003 questions of bank customers to learn from and 3,080 to be tested on, each with one of 77 intents.
 * @param folder where the lake may write
 * @returns undefined where the files are not there
 * @see Casanueva et al. (2020), https://aclanthology.org/2020.nlp4convai-1.5
 */
export async function banking77(folder: string): Promise<{ train: TrainingData; test: TrainingData } | undefined> {
  const files = { train: join(source, 'train.csv'), test: join(source, 'test.csv') }
  const isThere = await Promise.all([access(files.train), access(files.test)]).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const lake = await openLake({ folder, threads: 1, memoryMb: 500 })
  try {
    const read = (file: string) =>
      lake.table(`select text, category from read_csv(${quoteText(file)}, header = true, all_varchar = true)`)
    const [train, test] = [await read(files.train), await read(files.test)]
    const classes = dictionaryOf(train).toSorted()
    return { train: dataOf(train, classes), test: dataOf(test, classes) }
  } finally {
    lake.close()
  }
}

/** Where the data of all examples lies, beside the project. */
const source = fileURLToPath(new URL('../../shared/data/banking77', import.meta.url))

function dataOf(table: TrainingData['table'], classes: readonly string[]): TrainingData {
  const { category } = table.columns
  if (category?.kind !== 'string') throw new TypeError('Cannot read banking77: it has no text column category')
  const places = category.dictionary.map((name) => classes.indexOf(name))
  const labels = category.codes.map((code) => places[code] as number)
  return {
    task: 'multiclass',
    inputs: [{ name: 'text', type: 'text' }],
    table,
    target: { kind: 'classes', classes, labels },
  }
}

function dictionaryOf({ columns }: TrainingData['table']): readonly string[] {
  return columns['category']?.kind === 'string' ? columns['category'].dictionary : []
}
