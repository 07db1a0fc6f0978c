import { invalid, missing, MlflowFailure, wrongKind } from './mlflow-failure.ts'

/**
 * The fields of a request. Clients write scalars as what they are or as text (R all of them, Java whole numbers), so both
 * are read; fields that nobody asks for are nobody's business.
 *
 * Readers throw {@link MlflowFailure} `INVALID_PARAMETER_VALUE` that names the field.
 */
export class Message {
  readonly #fields: Readonly<Record<string, unknown>>
  /** Where the message stands in another one: 'metrics[0].' */
  readonly #place: string
  /** The JSON that all of it was read from; empty where there was none. */
  readonly #source: string

  constructor(fields: Readonly<Record<string, unknown>>, { place = '', source = '' } = {}) {
    this.#fields = fields
    this.#place = place
    this.#source = source
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined
  }

  #fail(name: string): MlflowFailure {
    const [path, value] = [this.#place + name, this.#value(name)]
    const isWritten = typeof value === 'number' && this.#source !== ''
    return wrongKind(path, value, isWritten ? numberAt(this.#source, path) : undefined)
  }

  /** Whether a field is there, be it empty. */
  has(name: string): boolean {
    return this.#value(name) !== undefined
  }

  text(name: string): string | undefined {
    const value = this.#value(name)
    if (value === undefined) return value
    if (typeof value !== 'string') throw this.#fail(name)
    if (!isText(value)) throw wrongText(this.#place + name)
    return value
  }

  /** A text that must be there and not be empty. */
  requiredText(name: string): string {
    const value = this.text(name)
    if (value === undefined || value === '') throw missing(this.#place + name)
    return value
  }

  number(name: string): number | undefined {
    const value = this.#value(name)
    if (value === undefined || typeof value === 'number') return value
    const read = typeof value === 'string' ? numberOf(value) : undefined
    if (read === undefined) throw this.#fail(name)
    return read
  }

  requiredNumber(name: string): number {
    const value = this.number(name)
    if (value === undefined) throw missing(this.#place + name)
    return value
  }

  /** A whole number that a double holds exactly. */
  integer(name: string): number | undefined {
    const value = this.number(name)
    if (value === undefined || Number.isSafeInteger(value)) return value
    throw this.#fail(name)
  }

  requiredInteger(name: string): number {
    const value = this.integer(name)
    if (value === undefined) throw missing(this.#place + name)
    return value
  }

  boolean(name: string): boolean | undefined {
    const value = this.#value(name)
    if (value === undefined || typeof value === 'boolean') return value
    if (typeof value === 'string' && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true'
    throw this.#fail(name)
  }

  /** Texts; none where the field is not there. In an address one alone is a list of one. */
  texts(name: string): readonly string[] {
    const value = this.#value(name)
    if (value === undefined) return []
    const list = Array.isArray(value) ? (value as readonly unknown[]) : [value]
    if (list.some((one) => typeof one !== 'string')) throw this.#fail(name)
    if (!(list as readonly string[]).every(isText)) throw wrongText(this.#place + name)
    return list as readonly string[]
  }

  /** Messages within this one; none where the field is not there. */
  messages(name: string): readonly Message[] {
    const value = this.#value(name)
    if (value === undefined) return []
    if (!Array.isArray(value)) throw this.#fail(name)
    return value.map((one: unknown, place) => {
      if (!isObject(one)) throw this.#fail(name)
      return new Message(one, { place: `${this.#place}${name}[${place}].`, source: this.#source })
    })
  }

  message(name: string): Message | undefined {
    const value = this.#value(name)
    if (value === undefined) return undefined
    if (!isObject(value)) throw this.#fail(name)
    return new Message(value, { place: `${this.#place}${name}.`, source: this.#source })
  }

  /** One of some names, or its number in the protocol. */
  choice<const Name extends string>(name: string, names: readonly Name[], first = 1): Name | undefined {
    const value = this.#value(name)
    if (value === undefined) return undefined
    const found = typeof value === 'number' ? names[value - first] : names.find((one) => one === value)
    if (found === undefined) throw this.#fail(name)
    return found
  }
}

/** Reads the message of a request from its query and its JSON body. @throws {MlflowFailure} where that is none */
export function readMessage(request: {
  readonly method: string
  readonly query: URLSearchParams
  readonly contentType: string | undefined
  readonly body: Buffer
}): Message {
  const { method, query, contentType, body } = request
  if (method === 'GET') return new Message(fieldsOf(query))
  if (body.length === 0) return new Message(fieldsOf(query))
  if (!/^application\/json\b/i.test(contentType ?? ''))
    throw new MlflowFailure('INVALID_PARAMETER_VALUE', 'Bad Request. Content-Type header is missing.')
  let read: unknown
  let source = body.toString('utf8')
  try {
    read = JSON.parse(source)
    // Clients of long ago send a text that holds JSON.
    if (typeof read === 'string') {
      source = read
      read = JSON.parse(source)
    }
  } catch {
    throw new MlflowFailure('BAD_REQUEST', 'Cannot read the request: its body is not JSON')
  }
  if (read === null) return new Message({})
  if (!isObject(read)) throw invalid('Cannot read the request: its body is not a JSON object')
  return new Message(read, { source })
}

function fieldsOf(query: URLSearchParams): Record<string, unknown> {
  const fields = new Map<string, string | string[]>()
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    fields.set(name, values.length === 1 ? (values[0] as string) : values)
  }
  return Object.fromEntries(fields)
}

/** A number at a path such as 'metrics[0].step' as it is written in a JSON text. */
function numberAt(source: string, path: string): string | undefined {
  const literals: unknown = JSON.parse(source, (_, value: unknown, at?: { readonly source?: string }) =>
    typeof value === 'number' ? at?.source : value,
  )
  const found = path
    .split(/[.[\]]+/)
    .reduce<unknown>((within, key) => (within as Readonly<Record<string, unknown>> | undefined)?.[key], literals)
  return typeof found === 'string' ? found : undefined
}

function numberOf(text: string): number | undefined {
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text)
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return NaN
  return decimal.test(text) ? Number(text) : undefined
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** NUL and halves of characters are in no text: databases refuse them, or give back something else. */
const isText = (value: string): boolean => value.isWellFormed() && !value.includes('\0')

const wrongText = (name: string): MlflowFailure =>
  invalid(`Invalid value for parameter '${name}' supplied: it holds NUL or half a character, which is no text.`)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
