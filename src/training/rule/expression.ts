import type { CalendarPart } from '../calendar/calendar-part.ts'

/**
 * Types of a rule's values. A `number` is a 32-bit float, as the inputs of a model are; a `moment` is a 64-bit count of
 * epoch milliseconds. Any value can be missing; NaN and '' are missing, a division by zero is infinite or missing.
 */
export type ValueType = 'number' | 'boolean' | 'text' | 'moment'

export type NumberFunction =
  | 'negate'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'trunc'
  | 'round'
  | 'roundEven'
  | 'sqrt'
  | 'exp'
  | 'ln'

/** What a `LIKE` pattern is made of: a text, any one character, any text. */
export type PatternPart = { readonly text: string } | 'one' | 'any'

/**
 * A rule between SQL and the model's graph: few kinds, typed, every implicit conversion made explicit. Both the graph and
 * the SQL that checks it are written from this form.
 */
export type Expression =
  | { readonly kind: 'column'; readonly type: ValueType; readonly name: string }
  | { readonly kind: 'literal'; readonly type: ValueType; readonly value: number | string | boolean | null }
  | {
      readonly kind: 'case'
      readonly type: ValueType
      readonly branches: readonly Branch[]
      readonly otherwise: Expression
    }
  | { readonly kind: 'coalesce'; readonly type: ValueType; readonly items: readonly Expression[] }
  | {
      readonly kind: 'arithmetic'
      readonly type: 'number'
      readonly operator: '+' | '-' | '*' | '/' | '%' | 'power'
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'function'; readonly type: 'number'; readonly name: NumberFunction; readonly of: Expression }
  | {
      readonly kind: 'extreme'
      readonly type: 'number' | 'moment'
      readonly which: 'greatest' | 'least'
      readonly items: readonly Expression[]
    }
  | { readonly kind: 'part'; readonly type: 'number'; readonly part: CalendarPart; readonly of: Expression }
  | { readonly kind: 'startOfDay'; readonly type: 'moment'; readonly of: Expression }
  | { readonly kind: 'asNumber'; readonly type: 'number'; readonly of: Expression }
  | { readonly kind: 'asBoolean'; readonly type: 'boolean'; readonly of: Expression }
  | {
      readonly kind: 'compare'
      readonly type: 'boolean'
      readonly operator: '=' | '<' | '<='
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'and' | 'or'; readonly type: 'boolean'; readonly items: readonly Expression[] }
  | { readonly kind: 'not' | 'isNull'; readonly type: 'boolean'; readonly of: Expression }
  | { readonly kind: 'member'; readonly type: 'boolean'; readonly of: Expression; readonly values: readonly string[] }
  | {
      readonly kind: 'match'
      readonly type: 'boolean'
      readonly of: Expression
      readonly pattern: readonly PatternPart[]
      /** The text is turned into this case first. */
      readonly letters?: 'lower' | 'upper'
    }
  /** Text turned into one case; it is gone once a rule is resolved, since only comparing it is possible. */
  | { readonly kind: 'letters'; readonly type: 'text'; readonly letters: 'lower' | 'upper'; readonly of: Expression }
  | { readonly kind: 'concat'; readonly type: 'text'; readonly items: readonly Expression[] }

export interface Branch {
  readonly when: Expression
  readonly value: Expression
}

/** The direct parts of an expression. */
function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return []
    case 'case':
      return [...expression.branches.flatMap(({ when, value }) => [when, value]), expression.otherwise]
    case 'arithmetic':
    case 'compare':
      return [expression.left, expression.right]
    case 'coalesce':
    case 'extreme':
    case 'and':
    case 'or':
    case 'concat':
      return expression.items
    default:
      return [expression.of]
  }
}

/** The expression and everything within it. */
export function walk(expression: Expression): Expression[] {
  return [expression, ...partsOf(expression).flatMap(walk)]
}
