import { attribute } from '#model'
import type { GraphBuilder } from '#model'
import { calendarPart, farthestMs } from '../calendar/calendar-part.ts'
import { graphArithmetic } from '../calendar/graph-arithmetic.ts'
import type { Expression } from './expression.ts'
import { declareFunction } from './function-graph.ts'
import { patternRegex, type LetterCases } from './pattern-regex.ts'

/**
 * A value in the graph, of shape [N, 1], or [1, 1] where it is the same for all rows. Missing is NaN in numbers (float)
 * and moments (double), '' in text; of a condition two tensors tell whether it is true and whether it is false, and it is
 * missing where it is neither: so three-valued logic is AND and OR of two tensors.
 */
export interface GraphValue {
  readonly value: string
  /** Of a condition: bool tensor that is true where the condition is false; `value` is where it is true. */
  readonly isFalse?: string
}

interface Condition extends GraphValue {
  readonly isFalse: string
}

/**
 * Adds an expression to a graph that has its columns as inputs.
 * @param letters for {@link patternRegex}, of every letter that the expression compares in one case
 */
export function declareExpression(graph: GraphBuilder, expression: Expression, letters: LetterCases): GraphValue {
  const one = (part: Expression): string => declareExpression(graph, part, letters).value
  const condition = (part: Expression): Condition => declareExpression(graph, part, letters) as Condition
  switch (expression.kind) {
    case 'column':
      return columnValue(graph, expression)
    case 'literal':
      return literalValue(graph, expression)
    case 'case': {
      const declared = expression.branches.map(({ when, value }) => ({
        when: condition(when).value,
        value: declareExpression(graph, value, letters),
      }))
      const otherwise = declareExpression(graph, expression.otherwise, letters)
      return declared.reduceRight((rest, branch) => choose(graph, branch.when, [branch.value, rest]), otherwise)
    }
    case 'coalesce':
      return expression.items
        .map((item) => declareExpression(graph, item, letters))
        .reduceRight((rest, item) => choose(graph, isMissing(graph, item, expression.type), [rest, item]))
    case 'arithmetic':
      return { value: arithmetic(graph, expression.operator, [one(expression.left), one(expression.right)]) }
    case 'function':
      return { value: declareFunction(graph, expression.name, one(expression.of)) }
    case 'extreme':
      return { value: expression.items.map(one).reduce((a, b) => extreme(graph, expression.which, [a, b])) }
    case 'part': {
      const part = calendarPart(graphArithmetic(graph), expression.part, one(expression.of))
      return { value: toFloat(graph, part) }
    }
    case 'startOfDay': {
      const { over, times } = graphArithmetic(graph)
      return { value: times(over(one(expression.of), 86_400_000), 86_400_000) }
    }
    case 'asNumber':
      return { value: asNumber(graph, condition(expression.of)) }
    case 'asBoolean':
      return asBoolean(graph, one(expression.of))
    case 'compare':
      return expression.left.type === 'boolean'
        ? sameTruth(graph, condition(expression.left), condition(expression.right))
        : declareComparison(graph, expression, [one(expression.left), one(expression.right)])
    case 'and':
    case 'or':
      return expression.items.map(condition).reduce((a, b) => join(graph, expression.kind, [a, b]))
    case 'not': {
      const { value, isFalse } = condition(expression.of)
      return { value: isFalse, isFalse: value }
    }
    case 'isNull': {
      const missing = isMissing(graph, declareExpression(graph, expression.of, letters), expression.of.type)
      return known(graph, missing)
    }
    case 'member':
      return member(graph, one(expression.of), expression.values)
    case 'match': {
      const text = one(expression.of)
      const pattern = attribute.text(patternRegex(expression, letters))
      const found = graph.node('RegexFullMatch', [text], { attributes: { pattern } })
      return whereBothKnown(graph, found, graph.node('Not', [isMissing(graph, { value: text }, 'text')]))
    }
    case 'concat':
      return { value: expression.items.map(one).reduce((a, b) => concat(graph, a, b)) }
    case 'letters':
    default:
      throw new TypeError('Cannot build the graph: the rule was not resolved to its end')
  }
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>

const float = (graph: GraphBuilder, value: number): string => graph.constant('float', [1, 1], [value])

const toFloat = (graph: GraphBuilder, tensor: string): string =>
  graph.node('Cast', [tensor], { attributes: { to: attribute.int(1) } })

function columnValue(graph: GraphBuilder, { name, type }: Of<'column'>): GraphValue {
  if (type === 'boolean') return asBoolean(graph, name)
  if (type !== 'moment') return { value: name }
  const limit = graph.constant('double', [1, 1], [farthestMs])
  const near = graph.node('LessOrEqual', [graph.node('Abs', [name]), limit])
  return { value: graph.node('Where', [near, name, graph.constant('double', [1, 1], [NaN])]) }
}

function literalValue(graph: GraphBuilder, { type, value }: Of<'literal'>): GraphValue {
  switch (type) {
    case 'number':
      return { value: float(graph, value === null ? NaN : Number(value)) }
    case 'moment':
      return { value: graph.constant('double', [1, 1], [value === null ? NaN : Number(value)]) }
    case 'text':
      return { value: graph.constant('string', [1, 1], [value === null ? '' : String(value)]) }
    case 'boolean':
    default:
      return {
        value: graph.constant('bool', [1, 1], [value === true]),
        isFalse: graph.constant('bool', [1, 1], [value === false]),
      }
  }
}

/** `first` where the bool tensor is true, else `second`. */
function choose(graph: GraphBuilder, when: string, [first, second]: readonly [GraphValue, GraphValue]): GraphValue {
  if (first.isFalse === undefined || second.isFalse === undefined)
    return { value: graph.node('Where', [when, first.value, second.value]) }
  const pick = (a: string, b: string): string =>
    graph.node('Or', [graph.node('And', [when, a]), graph.node('And', [graph.node('Not', [when]), b])])
  return { value: pick(first.value, second.value), isFalse: pick(first.isFalse, second.isFalse) }
}

function isMissing(graph: GraphBuilder, value: GraphValue, type: Expression['type']): string {
  if (value.isFalse !== undefined) return graph.node('Not', [graph.node('Or', [value.value, value.isFalse])])
  if (type === 'text') return graph.node('Equal', [value.value, graph.constant('string', [1, 1], [''])])
  return graph.node('IsNaN', [value.value])
}

/** The condition of a bool tensor that is never missing. */
const known = (graph: GraphBuilder, value: string): Condition => ({ value, isFalse: graph.node('Not', [value]) })

/** The condition of a bool tensor that counts only where another is true. */
function whereBothKnown(graph: GraphBuilder, value: string, isKnown: string): Condition {
  return {
    value: graph.node('And', [value, isKnown]),
    isFalse: graph.node('And', [graph.node('Not', [value]), isKnown]),
  }
}

function declareComparison(graph: GraphBuilder, compared: Of<'compare'>, [a, b]: readonly [string, string]): Condition {
  const operator = { '=': 'Equal', '<': 'Less', '<=': 'LessOrEqual' }[compared.operator]
  const { type } = compared.left
  const missing = graph.node('Or', [isMissing(graph, { value: a }, type), isMissing(graph, { value: b }, type)])
  return whereBothKnown(graph, graph.node(operator, [a, b]), graph.node('Not', [missing]))
}

function sameTruth(graph: GraphBuilder, a: Condition, b: Condition): Condition {
  const both = (x: string, y: string): string => graph.node('And', [x, y])
  return {
    value: graph.node('Or', [both(a.value, b.value), both(a.isFalse, b.isFalse)]),
    isFalse: graph.node('Or', [both(a.value, b.isFalse), both(a.isFalse, b.value)]),
  }
}

function join(graph: GraphBuilder, how: 'and' | 'or', [a, b]: readonly [Condition, Condition]): Condition {
  const [onTrue, onFalse] = how === 'and' ? (['And', 'Or'] as const) : (['Or', 'And'] as const)
  return {
    value: graph.node(onTrue, [a.value, b.value]),
    isFalse: graph.node(onFalse, [a.isFalse, b.isFalse]),
  }
}

function asNumber(graph: GraphBuilder, { value, isFalse }: Condition): string {
  const otherwise = graph.node('Where', [isFalse, float(graph, 0), float(graph, NaN)])
  return graph.node('Where', [value, float(graph, 1), otherwise])
}

function asBoolean(graph: GraphBuilder, number: string): Condition {
  const zero = float(graph, 0)
  // |NaN| > 0 is false, and so is NaN = 0: a missing number is neither.
  return {
    value: graph.node('Greater', [graph.node('Abs', [number]), zero]),
    isFalse: graph.node('Equal', [number, zero]),
  }
}

function arithmetic(
  graph: GraphBuilder,
  operator: Of<'arithmetic'>['operator'],
  sides: readonly [string, string],
): string {
  if (operator === 'power') {
    const doubles = sides.map((side) => graph.node('Cast', [side], { attributes: { to: attribute.int(11) } }))
    return toFloat(graph, graph.node('Pow', doubles))
  }
  if (operator === '%') return graph.node('Mod', sides, { attributes: { fmod: attribute.int(1) } })
  return graph.node({ '+': 'Add', '-': 'Sub', '*': 'Mul', '/': 'Div' }[operator], sides)
}

/** The greater or lesser of two, or the one that is not missing. */
function extreme(graph: GraphBuilder, which: 'greatest' | 'least', [a, b]: readonly [string, string]): string {
  const both = graph.node(which === 'greatest' ? 'Max' : 'Min', [a, b])
  const withoutB = graph.node('Where', [graph.node('IsNaN', [b]), a, both])
  return graph.node('Where', [graph.node('IsNaN', [a]), b, withoutB])
}

function member(graph: GraphBuilder, text: string, values: readonly string[]): Condition {
  const found = graph.node('LabelEncoder', [text], {
    domain: 'ai.onnx.ml',
    attributes: {
      keys_strings: attribute.texts(['', ...values]),
      values_int64s: attribute.ints([2, ...values.map(() => 1)]),
      default_int64: attribute.int(0),
    },
  })
  const is = (code: number): string => graph.node('Equal', [found, graph.constant('int64', [1, 1], [code])])
  return { value: is(1), isFalse: is(0) }
}

function concat(graph: GraphBuilder, a: string, b: string): string {
  const missing = graph.node('Or', [isMissing(graph, { value: a }, 'text'), isMissing(graph, { value: b }, 'text')])
  const nothing = graph.constant('string', [1, 1], [''])
  return graph.node('Where', [missing, nothing, graph.node('StringConcat', [a, b])])
}
