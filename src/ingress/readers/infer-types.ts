import { quoteName, quoteText, type Lake } from '#platform'
import { typeFamily } from '../column-types.ts'
import type { Shape } from '../schema-changes.ts'
import {
  hasOffset,
  isCode,
  nullWords,
  plainText,
  textTypeNames,
  textTypes,
  type TextType,
  type TextTypeName,
} from './text-types.ts'

/** What a column of text holds. */
export interface InferredColumn {
  readonly name: string
  /** Null when no row has a value. */
  readonly type: TextType | null
  /** Words that stand for a missing value here, such as NA; none in a column that stays text. */
  readonly nullWords: readonly string[]
  /** Values that do not fit the type. */
  readonly misfits: number
}

/** Share of the values that may misfit a type before the column is text; where files before it had that type, more. */
const mayMisfit = 0.1
const mayMisfitWhenKnown = 0.5
const sampleRows = 500

interface TextRelation {
  /** SQL of a relation whose columns are VARCHAR, '' already null. */
  readonly relation: string
  readonly names: readonly string[]
}

/**
 * Finds the types of text columns: guesses on the first rows, counts over all rows how many values fit, and looks closer
 * only where some do not. A few misfits do not make a column text; they are malformed.
 */
export async function inferTypes(
  lake: Lake,
  { relation, names, known }: TextRelation & { readonly known: Shape },
): Promise<{ readonly rows: number; readonly columns: readonly InferredColumn[] }> {
  if (names.length === 0) return { rows: 0, columns: [] }
  const familyOf = (name: string): string | null => {
    const type = known[name]?.type ?? null
    return type === null ? null : typeFamily(type)
  }
  const guesses = await guessTypes(lake, { relation, names })
  const tests = names.map((name, place) => guessTests(name, guesses[place] as Guess))
  const all = await countFits(lake, { relation, tests })
  const unclear = names.filter((_, place) => !isClear(guesses[place] as Guess, all.fits[place] as Fits))
  const closer = await countFits(lake, { relation, tests: unclear.map(allTests) })
  const decided = new Map(unclear.map((name, place) => [name, decide(closer.fits[place] as Fits, familyOf(name))]))
  const columns: InferredColumn[] = []
  for (const [place, name] of names.entries()) {
    const { type, misfits, words } = decided.get(name) ?? { type: guesses[place] as Guess, misfits: 0, words: 0 }
    const found = words > 0 ? await wordsOf(lake, { relation, name }) : []
    columns.push({ name, type: typeOf(type), nullWords: found, misfits })
  }
  return { rows: all.rows, columns }
}

/** Values by test: how many there are, how many fit each type, are codes, bear an offset, or are null words. */
type Fits = Partial<Record<TextTypeName | 'values' | 'codes' | 'offsets' | 'words', number>>

/** Null when there is no value. */
type Guess = TextTypeName | 'text' | null

interface Decision {
  readonly type: Guess
  readonly misfits: number
  readonly words: number
}

const typeOf = (type: Guess): TextType | null => (type === null ? null : type === 'text' ? plainText : textTypes[type])

/** The type that most of the first values look like. */
async function guessTypes(lake: Lake, { relation, names }: TextRelation): Promise<readonly Guess[]> {
  const list = names.map(quoteName).join(', ')
  const rows = await lake.rows<Record<string, string | null>>(`select ${list} from ${relation} limit ${sampleRows}`)
  return names.map((name) => {
    const values = rows.flatMap((row) => row[name] ?? [])
    if (values.length === 0) return null
    const real = values.filter((value) => !nullWords.includes(value))
    return (
      textTypeNames.find(
        (type) => real.filter((value) => textTypes[type].looks.test(value)).length * 2 > real.length,
      ) ?? 'text'
    )
  })
}

function allTests(name: string): Readonly<Record<string, string>> {
  const column = quoteName(name)
  return {
    values: `count(${column})`,
    codes: `count_if(${isCode(column)})`,
    offsets: `count_if(${hasOffset(column)})`,
    words: `count_if(${column} in (${nullWords.map(quoteText).join(', ')}))`,
    ...Object.fromEntries(textTypeNames.map((type) => [type, `count_if(${textTypes[type].fits(column)})`])),
  }
}

function guessTests(name: string, type: Guess): Readonly<Record<string, string>> {
  const column = quoteName(name)
  if (type === 'text') return {}
  if (type === null) return { values: `count(${column})` }
  return {
    values: `count(${column})`,
    [type]: `count_if(${textTypes[type].fits(column)})`,
    ...((type === 'bigint' || type === 'double') && { codes: `count_if(${isCode(column)})` }),
    ...(type === 'timestamp' && { offsets: `count_if(${hasOffset(column)})` }),
  }
}

function isClear(type: Guess, { values = 0, codes = 0, offsets = 0, ...fits }: Fits): boolean {
  if (type === 'text') return true
  return type === null ? values === 0 : fits[type] === values && codes === 0 && offsets === 0
}

async function countFits(
  lake: Lake,
  { relation, tests }: { readonly relation: string; readonly tests: readonly Readonly<Record<string, string>>[] },
): Promise<{ readonly rows: number; readonly fits: readonly Fits[] }> {
  if (tests.length === 0) return { rows: 0, fits: [] }
  const select = tests.flatMap((test, place) =>
    Object.entries(test).map(([name, sql]) => `${sql} as ${quoteName(`${place} ${name}`)}`),
  )
  const [row] = await lake.rows<Record<string, number | null>>(
    `select ${['count(*) as "rows"', ...select].join(', ')} from ${relation}`,
  )
  const fits = tests.map((test, place) =>
    Object.fromEntries(Object.keys(test).map((name) => [name, row?.[`${place} ${name}`] ?? 0])),
  )
  return { rows: row?.['rows'] ?? 0, fits }
}

/** The narrowest type that nearly all values fit. */
function decide(fits: Fits, knownFamily: string | null): Decision {
  const { values = 0, words = 0, codes = 0, offsets = 0 } = fits
  const real = values - words
  const text: Decision = { type: 'text', misfits: 0, words: 0 }
  if (values === 0) return { ...text, type: null }
  if (real === 0 || codes > 0) return text
  const fit = (type: TextTypeName): number => fits[type] ?? 0
  const isMost = (type: TextTypeName): boolean =>
    real - fit(type) <= real * (typeFamily(textTypes[type].type) === knownFamily ? mayMisfitWhenKnown : mayMisfit)
  let type = textTypeNames.find((name) => isMost(name))
  // A wider type of the same family wins as soon as it holds more of the values.
  if (type === 'bigint' && fit('double') > fit('bigint')) type = 'double'
  if (type === 'date' && fit('timestamp') > fit('date')) type = 'timestamp'
  if (type === 'timestamp' && offsets > 0) type = 'zoned'
  const rival = type && rivals[type]
  // Where no day is beyond the 12th, nothing tells days from months.
  if (type === undefined || (rival && fit(rival) === fit(type))) return text
  if (rival && fit(rival) > fit(type)) type = rival
  return { type, misfits: real - fit(type), words }
}

const rivals: Partial<Record<TextTypeName, TextTypeName>> = {
  monthFirst: 'dayFirst',
  monthFirstMinute: 'dayFirstMinute',
  monthFirstSecond: 'dayFirstSecond',
}

async function wordsOf(
  lake: Lake,
  { relation, name }: { readonly relation: string; readonly name: string },
): Promise<readonly string[]> {
  const column = quoteName(name)
  const rows = await lake.rows<{ word: string }>(
    `select distinct ${column} as word from ${relation} where ${column} in (${nullWords.map(quoteText).join(', ')}) order by 1`,
  )
  return rows.map((row) => row.word)
}
