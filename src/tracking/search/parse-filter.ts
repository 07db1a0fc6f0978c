import { invalid } from '../mlflow/mlflow-failure.ts'

/** One condition of a filter: all of them have to hold. */
export interface Clause {
  /** Name on the left, in its parts: 'metrics.loss' is 'metrics' and 'loss'; a bare name has one. */
  readonly entity: string | null
  readonly key: string
  readonly comparator: Comparator
  readonly value: FilterValue
}

export type Comparator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'LIKE'
  | 'ILIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL'
export type FilterValue = string | number | readonly string[] | null

/**
 * Reads a filter of MLflow's: `clause (AND clause)*`, each a name, a comparator and a value. There is no OR, and
 * parentheses stand around lists alone.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` that says what does not fit
 */
export function parseFilter(text: string): readonly Clause[] {
  if (text.trim() === '') return []
  const clauses: Clause[] = []
  // Read as they are asked for: what does not fit is refused where it stands, however much follows.
  const tokens = tokensOf(text)
  const next = (): Token | undefined => tokens.next().value
  const word = (token: Token | undefined): string | undefined =>
    token?.kind === 'name' && token.parts.length === 1 ? token.text.toUpperCase() : undefined
  const wrong = () => invalid(`Invalid filter '${shown(text)}'. Could not be parsed correctly.`)
  for (;;) {
    const name = next()
    if (name?.kind !== 'name') throw wrong()
    clauses.push({ ...sidesOf(name), ...conditionOf() })
    const between = next()
    if (!between) return clauses
    if (word(between) !== 'AND') throw invalid(`Invalid clause(s) in filter string: '${shown(between.text)}'`)
    if (clauses.length === mostClauses)
      throw invalid(
        `Invalid filter '${shown(text)}'. It has more than ${mostClauses} clauses: ask in several requests.`,
      )
  }

  function conditionOf(): Pick<Clause, 'comparator' | 'value'> {
    const token = next()
    const comparator = token?.kind === 'comparator' ? (token.text as Comparator) : comparatorOf(word(token))
    if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') return { comparator, value: null }
    if (comparator === 'IN' || comparator === 'NOT IN') return { comparator, value: listOf() }
    const value = next()
    if (value?.kind === 'text') return { comparator, value: value.value }
    if (value?.kind === 'number') return { comparator, value: value.value }
    // A name in double quotes on the right is a text.
    if (value?.kind === 'name' && value.isQuoted) return { comparator, value: value.parts.join('.') }
    throw wrong()
  }
  function comparatorOf(first: string | undefined): Comparator {
    switch (first) {
      case 'LIKE':
      case 'ILIKE':
      case 'IN':
        return first
      case 'NOT':
        if (word(next()) === 'IN') return 'NOT IN'
        break
      case 'IS': {
        const second = word(next())
        if (second === 'NULL') return 'IS NULL'
        if (second === 'NOT' && word(next()) === 'NULL') return 'IS NOT NULL'
        break
      }
    }
    throw wrong()
  }
  function listOf(): readonly string[] {
    const values: string[] = []
    if (next()?.text !== '(') throw wrong()
    for (;;) {
      const value = next()
      if (value?.kind === 'text') values.push(value.value)
      else if (value?.kind === 'name' && value.isQuoted) values.push(value.parts.join('.'))
      else if (value?.kind === 'number') values.push(String(value.value))
      else throw wrong()
      const after = next()
      if (after?.text === ')') return values
      if (after?.text !== ',') throw wrong()
    }
  }
}

/** One term of an order. */
export interface Order {
  readonly entity: string | null
  readonly key: string
  readonly ascending: boolean
}

/** Reads the terms of an order. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function parseOrders(terms: readonly string[]): readonly Order[] {
  holdFewTerms(terms)
  return terms.map(parseOrder)
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where there are more terms of an order than can be sorted by */
export function holdFewTerms(terms: readonly unknown[]): void {
  if (terms.length > mostTerms)
    throw invalid(`Invalid order_by: it has ${terms.length} terms, and ${mostTerms} are the most.`)
}

/** Reads a term of an order: a name, and ASC or DESC. */
function parseOrder(text: string): Order {
  const tokens = tokensOf(text)
  const [name, direction, more] = [tokens.next().value, tokens.next().value, tokens.next().value]
  const way = direction === undefined ? 'ASC' : direction.text.toUpperCase()
  if (name?.kind !== 'name' || more !== undefined || (way !== 'ASC' && way !== 'DESC'))
    throw invalid(`Invalid order_by clause '${shown(text)}'. Could not be parsed.`)
  return { ...sidesOf(name), ascending: way === 'ASC' }
}

/** The first part says what kind of thing is named, the others are its name: names of tags hold dots. */
function sidesOf({ parts }: NameToken): Pick<Clause, 'entity' | 'key'> {
  const [first, ...others] = parts as [string, ...string[]]
  return others.length === 0 ? { entity: null, key: first } : { entity: first, key: others.join('.') }
}

interface NameToken {
  readonly kind: 'name'
  readonly text: string
  readonly parts: readonly string[]
  /** Whether it is one part, in double quotes. */
  readonly isQuoted: boolean
}

type Token =
  | NameToken
  | { readonly kind: 'text'; readonly text: string; readonly value: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'comparator' | 'mark'; readonly text: string }

function* tokensOf(text: string): Generator<Token, undefined> {
  let rest = text
  while ((rest = rest.trimStart()) !== '') {
    const token = tokenOf(rest)
    if (!token) throw invalid(`Invalid filter '${shown(text)}'. Could not be parsed correctly.`)
    yield token
    rest = rest.slice(token.text.length)
  }
}

function tokenOf(rest: string): Token | undefined {
  const [number] = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])/i.exec(rest) ?? []
  if (number !== undefined) return { kind: 'number', text: number, value: Number(number) }
  const [quoted] = /^'(?:[^']|'')*'/.exec(rest) ?? []
  if (quoted !== undefined) return { kind: 'text', text: quoted, value: quoted.slice(1, -1).replaceAll("''", "'") }
  const [comparator] = /^(?:>=|<=|!=|<>|=|<|>)/.exec(rest) ?? []
  if (comparator !== undefined) return { kind: 'comparator', text: comparator }
  if (/^[(),]/.test(rest)) return { kind: 'mark', text: rest[0] as string }
  const [name] = namePattern.exec(rest) ?? []
  if (name === undefined) return undefined
  const parts = Array.from(name.matchAll(partPattern), ([part]) => unquoted(part))
  return { kind: 'name', text: name, parts, isQuoted: parts.length === 1 && name.startsWith('"') }
}

const unquoted = (part: string): string => (/^[`"]/.test(part) ? part.slice(1, -1) : part)

/** Databases read conditions as deep as they are many, and join few tables at once. */
const mostClauses = 50
const mostTerms = 50

const part = '(?:`[^`]*`|"[^"]*"|[\\p{L}\\p{N}_/:@-]+)'
const namePattern = new RegExp(`^${part}(?:\\.${part})*`, 'u')
const partPattern = new RegExp(part, 'gu')

/** As much of a filter as fits a message. */
const shown = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)
