import { quoteName, quoteText, type Lake } from '#platform'
import { typeFamily } from '../column-types.ts'
import type { Shape } from '../schema-changes.ts'

/** What a column of text holds. */
export interface InferredColumn {
  readonly name: string
  /** DuckDB type; null when no row has a value. */
  readonly type: string | null
  /** Words that stand for a missing value in a column of another type than text, such as NA. */
  readonly nullWords: readonly string[]
}

/** Share of the values that may not fit a type before it is refused, and where files before it had that type. */
const mayMisfit = 0.05
const mayMisfitWhenKnown = 0.5
const sampleRows = 2000

const nullWords = ['NA', 'N/A', 'n/a', 'NULL', 'null', 'Null', 'None', 'none', 'NaN', 'nan', '#N/A', '-', '?']

/** Types that text may stand for, the narrowest first, with what a value of them looks like. */
const types = {
  BIGINT: (c: string) => `try_cast(${c} as bigint)::varchar = ${c}`,
  DOUBLE: (c: string) => `(${isDigitsOrSign(c)} and try_cast(${c} as double) is not null)`,
  BOOLEAN: (c: string) => `lower(${c}) in ('true', 'false')`,
  DATE: (c: string) => `(length(${c}) = 10 and ${isDated(c)} and try_cast(${c} as date) is not null)`,
  TIMESTAMP: (c: string) => `(${isDated(c)} and try_cast(${c} as timestamp) is not null)`,
  // DuckDB drops the offset of a text that it casts to TIMESTAMP: what bears one is another type.
  'TIMESTAMP WITH TIME ZONE': (c: string) =>
    `(${isDated(c)} and regexp_matches(${c}, ':\\d\\d(\\.\\d+)?\\s*(Z|[+-]\\d\\d(:?\\d\\d)?)$') and try_cast(${c} as timestamptz) is not null)`,
} as const
type InferredType = keyof typeof types
const typeNames = Object.keys(types) as InferredType[]

// A cast that fails is slow: a look at the first characters spares most of them.
const isDigitsOrSign = (c: string): string => `left(${c}, 1) in ('0','1','2','3','4','5','6','7','8','9','-','+','.')`
const isDated = (c: string): string => `${c}[5] = '-'`
/** Codes such as 02139: a number would lose the zero. */
const isCode = (c: string): string => `(${c} like '0_%' and ${c}[2] between '0' and '9' and not contains(${c}, '.'))`

/**
 * Finds the types of text columns: on a sample first, then counts over all rows how many values fit, and looks closer
 * only where some do not. A few misfits do not make a column text; they are malformed.
 * @param relation SQL of a relation whose columns are VARCHAR, '' already null
 */
export async function inferTypes(
  lake: Lake,
  { relation, names, known }: { readonly relation: string; readonly names: readonly string[]; readonly known: Shape },
): Promise<readonly InferredColumn[]> {
  if (names.length === 0) return []
  const sample = await countFits(lake, {
    relation: `(from ${relation} limit ${sampleRows})`,
    tests: names.map(allTests),
  })
  const guesses = names.map((name, place) => decide(sample[place] as Fits, known[name]?.type ?? null))
  const fits = await countFits(lake, {
    relation,
    tests: names.map((name, place) => guessTests(name, (guesses[place] as Decision).type)),
  })
  const unclear = names.filter((_, place) => {
    const { type } = guesses[place] as Decision
    const { values = 0, codes = 0, zoned = 0, ...rest } = fits[place] as Fits
    if (type === 'VARCHAR') return false
    if (type === null) return values > 0
    return codes > 0 || zoned > 0 || rest[type as InferredType] !== values
  })
  if (unclear.length === 0)
    return names.map((name, place) => ({ name, type: guesses[place]?.type ?? null, nullWords: [] }))
  const closer = await countFits(lake, { relation, tests: unclear.map(allTests) })
  const decisions = new Map(
    unclear.map((name, place) => [name, decide(closer[place] as Fits, known[name]?.type ?? null)]),
  )
  const words = await wordsOf(lake, {
    relation,
    names: unclear.filter((name) => decisions.get(name)?.hasWords),
  })
  return names.map((name, place) => ({
    name,
    type: (decisions.get(name) ?? (guesses[place] as Decision)).type,
    nullWords: words.get(name) ?? [],
  }))
}

/** Values by test: how many there are, how many fit each type, how many are codes, bear an offset, or are null words. */
type Fits = Partial<Record<InferredType | 'values' | 'codes' | 'zoned' | 'words', number>>
type Tests = Readonly<Record<string, string>>

function allTests(name: string): Tests {
  const column = quoteName(name)
  return {
    values: `count(${column})`,
    codes: `count_if(${isCode(column)})`,
    words: `count_if(${column} in (${nullWords.map(quoteText).join(', ')}))`,
    ...Object.fromEntries(typeNames.map((type) => [type, `count_if(${types[type](column)})`])),
  }
}

function guessTests(name: string, type: string | null): Tests {
  const column = quoteName(name)
  if (type === 'VARCHAR') return { values: '0' }
  const values = { values: `count(${column})` }
  if (type === null) return values
  const fits = { ...values, [type]: `count_if(${types[type as InferredType](column)})` }
  if (type === 'BIGINT' || type === 'DOUBLE') return { ...fits, codes: `count_if(${isCode(column)})` }
  if (type === 'TIMESTAMP') return { ...fits, zoned: `count_if(${types['TIMESTAMP WITH TIME ZONE'](column)})` }
  return fits
}

async function countFits(
  lake: Lake,
  { relation, tests }: { readonly relation: string; readonly tests: readonly Tests[] },
): Promise<readonly Fits[]> {
  const select = tests.flatMap((test, place) =>
    Object.entries(test).map(([name, sql]) => `${sql} as ${quoteName(`${place} ${name}`)}`),
  )
  const [row] = await lake.rows<Record<string, number | null>>(`select ${select.join(', ')} from ${relation}`)
  return tests.map((test, place) =>
    Object.fromEntries(Object.keys(test).map((name) => [name, row?.[`${place} ${name}`] ?? 0])),
  )
}

interface Decision {
  readonly type: string | null
  readonly hasWords: boolean
}

function decide(fits: Fits, knownType: string | null): Decision {
  const { values = 0, words = 0, codes = 0 } = fits
  const real = values - words
  if (values === 0) return { type: null, hasWords: false }
  if (real === 0 || codes > 0) return { type: 'VARCHAR', hasWords: false }
  const fit = (type: InferredType): number => fits[type] ?? 0
  const knownFamily = knownType === null ? null : typeFamily(knownType)
  const isMost = (type: InferredType): boolean =>
    real - fit(type) <= real * (typeFamily(type) === knownFamily ? mayMisfitWhenKnown : mayMisfit)
  const type = typeNames.find((name) => isMost(name)) ?? 'VARCHAR'
  const hasWords = words > 0 && type !== 'VARCHAR'
  // A wider type of the same family wins as soon as it holds more of the values.
  if (type === 'BIGINT' && fit('DOUBLE') > fit('BIGINT')) return { type: 'DOUBLE', hasWords }
  if (type === 'DATE' || type === 'TIMESTAMP') {
    if (fit('TIMESTAMP WITH TIME ZONE') > 0) return { type: 'TIMESTAMP WITH TIME ZONE', hasWords }
    if (fit('TIMESTAMP') > fit(type)) return { type: 'TIMESTAMP', hasWords }
  }
  return { type, hasWords }
}

async function wordsOf(
  lake: Lake,
  { relation, names }: { readonly relation: string; readonly names: readonly string[] },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  for (const name of names) {
    const column = quoteName(name)
    const rows = await lake.rows<{ word: string }>(
      `select distinct ${column} as word from ${relation} where ${column} in (${nullWords.map(quoteText).join(', ')}) order by 1`,
    )
    found.set(
      name,
      rows.map((row) => row.word),
    )
  }
  return found
}
