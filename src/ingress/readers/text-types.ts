import { quoteText } from '#platform'

/** A type that text may stand for. */
export interface TextType {
  /** DuckDB's type. */
  readonly type: string
  /** What a value looks like: a first guess, to be verified in SQL. */
  readonly looks: RegExp
  /** SQL: whether a text, not null, is a value of this type. */
  readonly fits: (text: string) => string
  /** SQL: that value. */
  readonly value: (text: string) => string
}

/** Text stays as it is. */
export const plainText: TextType = { type: 'VARCHAR', looks: /^/, fits: () => 'true', value: (text) => text }

/** A type that is declared: whatever DuckDB can cast. */
export const declaredType = (type: string): TextType => ({
  type,
  looks: /^/,
  fits: (text) => `try_cast(${text} as ${type}) is not null`,
  value: (text) => `try_cast(${text} as ${type})`,
})

// A cast that fails is slow: a look at the first characters spares most of them.
const isNumeric = (text: string): string =>
  `left(ltrim(${text}), 1) in ('0','1','2','3','4','5','6','7','8','9','-','+','.')`
const isIsoDate = (text: string): string => `${text}[5] = '-'`
const cast = (type: string) => (text: string) => `try_cast(${text} as ${type})`

/** DuckDB makes 1.5 a BIGINT of 2: only what reads the same as the integer is one. */
const bigint: TextType = {
  type: 'BIGINT',
  looks: /^\s*-?\d+\s*$/,
  fits: (text) => `coalesce(try_cast(${text} as bigint)::varchar = trim(${text}), false)`,
  value: cast('bigint'),
}
const double: TextType = {
  type: 'DOUBLE',
  looks: /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i,
  fits: (text) => `(${isNumeric(text)} and try_cast(${text} as double) is not null)`,
  value: cast('double'),
}
const boolean: TextType = {
  type: 'BOOLEAN',
  looks: /^(true|false)$/i,
  fits: (text) => `lower(${text}) in ('true', 'false')`,
  value: cast('boolean'),
}
const date: TextType = {
  type: 'DATE',
  looks: /^\d{4}-\d{2}-\d{2}$/,
  fits: (text) => `(length(${text}) = 10 and ${isIsoDate(text)} and try_cast(${text} as date) is not null)`,
  value: cast('date'),
}
const timestamp: TextType = {
  type: 'TIMESTAMP',
  looks: /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$/,
  fits: (text) => `(${isIsoDate(text)} and try_cast(${text} as timestamp) is not null)`,
  value: cast('timestamp'),
}
/** DuckDB drops the offset of a text that it casts to TIMESTAMP: what bears one is of this type. */
const zoned: TextType = {
  type: 'TIMESTAMP WITH TIME ZONE',
  looks: /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$/,
  fits: (text) => `(${isIsoDate(text)} and try_cast(${text} as timestamptz) is not null)`,
  value: cast('timestamptz'),
}

/** Days before months, or after them, as people write them. */
function written(
  type: 'DATE' | 'TIMESTAMP',
  { format, looks }: { readonly format: string; readonly looks: RegExp },
): TextType {
  const mark = quoteText(format[2] as string)
  const parsed = (text: string): string => `try_strptime(${text}, ${quoteText(format)})`
  return {
    type,
    looks,
    fits: (text) => `(${mark} in (${text}[2], ${text}[3]) and ${parsed(text)} is not null)`,
    value: (text) => `${parsed(text)}::${type}`,
  }
}
const day = { monthFirst: '%m/%d/%Y', dayFirst: '%d/%m/%Y', dotted: '%d.%m.%Y' }

/** Types that text may stand for by their names here, the narrowest first. */
export const textTypes = {
  bigint,
  double,
  boolean,
  date,
  timestamp,
  zoned,
  monthFirst: written('DATE', { format: day.monthFirst, looks: /^\d{1,2}\/\d{1,2}\/\d{4}$/ }),
  dayFirst: written('DATE', { format: day.dayFirst, looks: /^\d{1,2}\/\d{1,2}\/\d{4}$/ }),
  dotted: written('DATE', { format: day.dotted, looks: /^\d{1,2}\.\d{1,2}\.\d{4}$/ }),
  monthFirstMinute: written('TIMESTAMP', {
    format: `${day.monthFirst} %H:%M`,
    looks: /^\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d{2}$/,
  }),
  dayFirstMinute: written('TIMESTAMP', {
    format: `${day.dayFirst} %H:%M`,
    looks: /^\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d{2}$/,
  }),
  dottedMinute: written('TIMESTAMP', {
    format: `${day.dotted} %H:%M`,
    looks: /^\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}$/,
  }),
  monthFirstSecond: written('TIMESTAMP', {
    format: `${day.monthFirst} %H:%M:%S`,
    looks: /^\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d{2}:\d{2}$/,
  }),
  dayFirstSecond: written('TIMESTAMP', {
    format: `${day.dayFirst} %H:%M:%S`,
    looks: /^\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d{2}:\d{2}$/,
  }),
  dottedSecond: written('TIMESTAMP', {
    format: `${day.dotted} %H:%M:%S`,
    looks: /^\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}:\d{2}$/,
  }),
} as const satisfies Readonly<Record<string, TextType>>

export type TextTypeName = keyof typeof textTypes
export const textTypeNames = Object.keys(textTypes) as TextTypeName[]

/** SQL: whether a text is a code such as 02139, which would lose its zero as a number. */
export const isCode = (text: string): string => `(${text} like '0_%' and regexp_full_match(${text}, '0[0-9]+'))`

/** SQL: whether a moment bears an offset from UTC. */
export const hasOffset = (text: string): string =>
  `(${isIsoDate(text)} and regexp_matches(${text}, ':\\d\\d(\\.\\d+)?\\s*(Z|[+-]\\d\\d(:?\\d\\d)?)$'))`

/** Words that stand for a missing value among values of another type than text. */
export const nullWords = ['NA', 'N/A', 'n/a', 'NULL', 'null', 'Null', 'None', 'none', 'NaN', 'nan', '#N/A', '-', '?']
