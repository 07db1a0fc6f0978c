import { quoteName } from '#platform'

/** A text as TypeScript in single quotes. */
export const textLiteral = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

/** A value as TypeScript. */
export const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? textLiteral(value) : typeof value === 'number' ? numberLiteral(value) : String(value)

/** A number as TypeScript, with its thousands told apart. */
export function numberLiteral(value: number): string {
  const text = String(value)
  const whole = /^-?\d{5,}$/.test(text)
  return whole ? text.replaceAll(/\B(?=(\d{3})+(?!\d))/g, '_') : text
}

/** A name in SQL, quoted where it must be, inside a template literal. */
export function sqlName(name: string): string {
  const plain = /^[a-z_][a-z0-9_]*$/i.test(name) && !reservedWords.has(name.toLowerCase())
  return plain ? name : quoteName(name).replaceAll(/[\\`]|\$\{/g, (part) => `\\${part}`)
}

/** A text that fits on the line of a comment. */
export const comment = (text: string): string => text.replaceAll(/\s+/g, ' ')

/** Words that DuckDB does not take for a column or table. */
export const reservedWords: ReadonlySet<string> = new Set(
  (
    'all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create ' +
    'default deferrable desc describe distinct do else end except false fetch for foreign from group having in ' +
    'initially intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer ' +
    'pivot_wider placing primary qualify references returning select show some summarize symmetric table then to ' +
    'trailing true union unique unpivot using variadic when where window with'
  ).split(' '),
)
