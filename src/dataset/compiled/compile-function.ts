import { calendarParts } from './calendar-parts.ts'
import { compileArithmetic, compileOfNumber } from './compile-arithmetic.ts'
import { compileCast } from './compile-cast.ts'
import { ascii } from './compile-comparison.ts'
import { literalValue } from './compile-literal.ts'
import { leaveToSql, type Compiled, type Value } from './value.ts'

/** A function or an operator that is written as one. */
export function compileFunction(name: string, given: readonly Compiled[]): Compiled {
  const [first, second] = given
  if (!first || given.length > 2) return leaveToSql()
  if (!second) {
    const part = calendarParts[name]
    if (part) return ofMoment(first, part)
    const letters = casing[name]
    return letters ? ofText(first, letters) : compileOfNumber(name, first)
  }
  switch (name) {
    case '||':
      return compileConcat([first, second])
    case '~~':
    case '!~~':
      return compileLike(first, second, name === '~~')
    case 'date_part':
    case 'datepart': {
      const part = first.isLiteral && first.kind === 'text' ? calendarParts[String(literalValue(first))] : undefined
      return part ? ofMoment(second, part) : leaveToSql()
    }
    default:
      return compileArithmetic(name, [first, second])
  }
}

const casing: Readonly<Record<string, (text: string) => string>> = {
  lower: (text) => text.toLowerCase(),
  lcase: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  ucase: (text) => text.toUpperCase(),
}

function ofMoment({ kind, evaluate }: Compiled, part: (moment: number) => number): Compiled {
  if (kind !== 'moment' && kind !== 'date') return leaveToSql()
  return {
    kind: 'integer',
    evaluate: (row) => {
      const moment = evaluate(row)
      return moment === null ? null : part(moment as number)
    },
  }
}

function ofText({ kind, evaluate }: Compiled, apply: (text: string) => string): Compiled {
  if (kind !== 'text') return leaveToSql()
  return {
    kind: 'text',
    evaluate: (row) => {
      const text = evaluate(row)
      return text === null ? null : apply(ascii(text))
    },
  }
}

/** Text put together; integers and truths beside it are written out. */
function compileConcat(sides: readonly [Compiled, Compiled]): Compiled {
  if (!sides.some(({ kind }) => kind === 'text')) return leaveToSql()
  const [a, b] = sides.map((side) => compileCast(side, 'VARCHAR').evaluate) as [
    Compiled['evaluate'],
    Compiled['evaluate'],
  ]
  return {
    kind: 'text',
    evaluate: (row) => {
      const [one, other] = [a(row), b(row)]
      return one === null || other === null ? null : (one as string) + (other as string)
    },
  }
}

/** `text LIKE pattern`, of a pattern that is written out. */
// oxlint-disable-next-line max-params -- whether it is negated
function compileLike(text: Compiled, pattern: Compiled, isLike: boolean): Compiled {
  const written: Value = pattern.isLiteral && pattern.kind === 'text' ? literalValue(pattern) : null
  if (text.kind !== 'text' || typeof written !== 'string' || written.includes('\\')) return leaveToSql()
  const matcher = new RegExp(
    `^${written
      .replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
      .replaceAll('%', '.*')
      .replaceAll('_', '.')}$`,
    's',
  )
  // One letter of text is one unit in JavaScript where all is ASCII.
  const countsLetters = written.includes('_')
  return {
    kind: 'boolean',
    evaluate: (row) => {
      const value = text.evaluate(row)
      return value === null ? null : matcher.test(countsLetters ? ascii(value) : (value as string)) === isLike
    },
  }
}
