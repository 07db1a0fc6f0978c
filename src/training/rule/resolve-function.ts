import { calendarParts, type CalendarPart } from '../calendar/calendar-part.ts'
import { coerce, unify, type Resolved } from './coerce.ts'
import { compare, like, readPattern } from './conditions.ts'
import type { Expression, NumberFunction, PatternPart } from './expression.ts'
import type { SqlNode } from './parse-rule.ts'
import { refuse, type RuleScope } from './rule-scope.ts'

/**
 * A function or an arithmetic operator.
 * @throws {Failure} `training/ruleUnsupported` or `training/ruleType`
 */
export function resolveFunction(scope: RuleScope, node: SqlNode, given: readonly Resolved[]): Expression {
  const name = node.function_name ?? ''
  const unknown = (state: string): Error => refuse(scope, node, { code: 'ruleUnsupported', state })
  const [first, second] = given
  if (!first) throw unknown(`${name}() cannot be put into a model`)
  const number = (value: Resolved): Expression => coerce(scope, value, 'number')
  const part = partNames.get(name)
  if (part && given.length === 1) return { kind: 'part', type: 'number', part, of: coerce(scope, first, 'moment') }
  const single = numberFunctions[name]
  if (single && given.length === 1) return { kind: 'function', type: 'number', name: single, of: number(first) }
  const operator = operators[name]
  if (operator && second && given.length === 2) {
    if ([first, second].some(({ expression }) => expression.type === 'moment'))
      throw unknown('arithmetic of moments is not known to a model: compute the difference as a column of the dataset')
    return { kind: 'arithmetic', type: 'number', operator, left: number(first), right: number(second) }
  }
  const text = textFunctions[name]
  if (text) return text(scope, node, given)
  switch (name) {
    case '+':
      return number(first)
    case 'lower':
    case 'lcase':
      return { kind: 'letters', type: 'text', letters: 'lower', of: coerce(scope, first, 'text') }
    case 'upper':
    case 'ucase':
      return { kind: 'letters', type: 'text', letters: 'upper', of: coerce(scope, first, 'text') }
    case '||':
      return { kind: 'concat', type: 'text', items: given.map((item) => coerce(scope, item, 'text')) }
    case 'log':
    case 'log10': {
      const of: Expression = { kind: 'function', type: 'number', name: 'ln', of: number(first) }
      if (given.length > 1) throw unknown('log() of a base of its own is not known to a model')
      const ln10: Expression = { kind: 'literal', type: 'number', value: Math.fround(Math.LN10) }
      return { kind: 'arithmetic', type: 'number', operator: '/', left: of, right: ln10 }
    }
    case 'round':
      return resolveRound(scope, node, given)
    case 'greatest':
    case 'least': {
      const items = unify(scope, given)
      const type = (items[0] as Expression).type
      if (type !== 'number' && type !== 'moment') throw unknown(`${name}() of ${type}s is not known to a model`)
      return { kind: 'extreme', type, which: name, items }
    }
    case 'nullif':
      return resolveNullIf(scope, given)
    case 'date_part':
    case 'datepart':
      return resolveDatePart(scope, node, given)
    default:
      throw unknown(`${name}() cannot be put into a model`)
  }
}

const numberFunctions: Readonly<Record<string, NumberFunction>> = {
  '-': 'negate',
  abs: 'abs',
  '@': 'abs',
  sign: 'sign',
  floor: 'floor',
  ceil: 'ceil',
  ceiling: 'ceil',
  trunc: 'trunc',
  round: 'round',
  sqrt: 'sqrt',
  exp: 'exp',
  ln: 'ln',
}

const operators: Readonly<Record<string, '+' | '-' | '*' | '/' | '%' | 'power'>> = {
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': '%',
  mod: '%',
  '**': 'power',
  '^': 'power',
  pow: 'power',
  power: 'power',
}

const partNames: ReadonlyMap<string, CalendarPart> = new Map([
  ...calendarParts.map((part) => [part, part] as const),
  ['dow', 'dayofweek'],
  ['weekday', 'dayofweek'],
  ['doy', 'dayofyear'],
  ['dayofmonth', 'day'],
  ['weekofyear', 'week'],
])

type Resolver = (scope: RuleScope, node: SqlNode, given: readonly Resolved[]) => Expression

const likeWith =
  (options: { readonly not?: boolean; readonly letters?: 'lower' }): Resolver =>
  (scope, node, [text, pattern, escape]) => {
    const literal = literalText(pattern)
    const parts = literal === undefined ? undefined : readPattern(fold(literal, options.letters), literalText(escape))
    if (!text || !parts)
      throw refuse(scope, node, { code: 'ruleUnsupported', state: 'a pattern has to be a quoted text, and whole' })
    const match = like(scope, [text, parts], options.letters)
    return options.not ? { kind: 'not', type: 'boolean', of: match } : match
  }

const likeAround =
  (around: (text: readonly PatternPart[]) => readonly PatternPart[]): Resolver =>
  (scope, node, [text, part]) => {
    const literal = literalText(part)
    if (!text || literal === undefined)
      throw refuse(scope, node, { code: 'ruleUnsupported', state: 'the text to look for has to be a quoted text' })
    return like(scope, [text, around(Array.from(literal, (letter) => ({ text: letter })))])
  }

const textFunctions: Readonly<Record<string, Resolver>> = {
  '~~': likeWith({}),
  '!~~': likeWith({ not: true }),
  '~~*': likeWith({ letters: 'lower' }),
  '!~~*': likeWith({ not: true, letters: 'lower' }),
  like_escape: likeWith({}),
  not_like_escape: likeWith({ not: true }),
  ilike_escape: likeWith({ letters: 'lower' }),
  not_ilike_escape: likeWith({ not: true, letters: 'lower' }),
  '^@': likeAround((text) => [...text, 'any']),
  starts_with: likeAround((text) => [...text, 'any']),
  prefix: likeAround((text) => [...text, 'any']),
  ends_with: likeAround((text) => ['any', ...text]),
  suffix: likeAround((text) => ['any', ...text]),
  contains: likeAround((text) => ['any', ...text, 'any']),
}

// Letter by letter, as DuckDB does it: JavaScript alone would treat Σ at the end of a word and İ otherwise.
const fold = (text: string, letters: 'lower' | undefined): string =>
  letters ? Array.from(text, (letter) => Array.from(letter.toLowerCase())[0]).join('') : text

function literalText(value: Resolved | undefined): string | undefined {
  const expression = value?.expression
  return expression?.kind === 'literal' && expression.type === 'text' ? String(expression.value) : undefined
}

function resolveRound(scope: RuleScope, node: SqlNode, [value, digits]: readonly Resolved[]): Expression {
  const places = digits?.expression.kind === 'literal' ? digits.expression.value : undefined
  if (!value || typeof places !== 'number' || !Number.isInteger(places) || Math.abs(places) > 9)
    throw refuse(scope, node, { code: 'ruleUnsupported', state: 'round() takes a whole number of digits up to 9' })
  const power: Expression = { kind: 'literal', type: 'number', value: Math.fround(10 ** Math.abs(places)) }
  const [up, down] = places < 0 ? (['/', '*'] as const) : (['*', '/'] as const)
  const left = coerce(scope, value, 'number')
  const scaled: Expression = { kind: 'arithmetic', type: 'number', operator: up, left, right: power }
  const rounded: Expression = { kind: 'function', type: 'number', name: 'round', of: scaled }
  return { kind: 'arithmetic', type: 'number', operator: down, left: rounded, right: power }
}

function resolveNullIf(scope: RuleScope, [value, other]: readonly Resolved[]): Expression {
  const [a, b] = [value as Resolved, other as Resolved]
  const type = a.expression.type
  const nothing: Expression = { kind: 'literal', type, value: null }
  const branches = [{ when: compare(scope, '=', [a, b]), value: nothing }]
  return { kind: 'case', type, branches, otherwise: a.expression }
}

function resolveDatePart(scope: RuleScope, node: SqlNode, [name, moment]: readonly Resolved[]): Expression {
  const wanted = literalText(name)
  const part = partNames.get(wanted?.toLowerCase() ?? '')
  if (part && moment) return { kind: 'part', type: 'number', part, of: coerce(scope, moment, 'moment') }
  const state = `the part '${wanted ?? '?'}' of a moment is not known to a model`
  throw refuse(scope, node, { code: 'ruleUnsupported', state })
}
