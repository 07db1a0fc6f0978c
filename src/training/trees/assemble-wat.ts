import { opcodes, valueTypes, type Opcode } from './wat-opcodes.ts'

/**
 * Translates WebAssembly text to its binary form: the part of the language that number-crunching loops need.
 *
 * A module is one imported memory, `(import "host" "memory" (memory 1))`, and exported functions with named parameters,
 * named locals and folded instructions. Loops and blocks give no value.
 *
 * @throws SyntaxError for text outside that part
 * @see https://webassembly.github.io/spec/core/text/index.html
 */
export function assembleWat(source: string): Uint8Array<ArrayBuffer> {
  const [head, ...fields] = asList(parse(source), 'module')
  if (head !== 'module') throw new SyntaxError(`Cannot assemble: expected a module, found '${String(head)}'`)
  const functions = fields.map((field) => asList(field, 'field')).filter(([kind]) => kind === 'func')
  const parts = functions.map(functionOf)
  return Uint8Array.from([
    ...magicAndVersion,
    ...section(1, vector(parts.map((part) => part.signature))),
    ...section(2, vector([[...text('host'), ...text('memory'), 0x02, 0x00, 0x01]])),
    ...section(3, vector(parts.map((_, place) => unsigned(place)))),
    ...section(7, vector(parts.map((part, place) => [...text(part.name), 0x00, ...unsigned(place)]))),
    ...section(10, vector(parts.map((part) => [...unsigned(part.code.length), ...part.code]))),
  ])
}

const magicAndVersion: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

type Expression = string | readonly Expression[]

/** Folded text as nested lists of words. */
function parse(source: string): Expression {
  const words = source.replaceAll(/;;[^\n]*/g, '').match(/[()]|"[^"]*"|[^\s()"]+/g) ?? []
  const stack: Expression[][] = [[]]
  for (const word of words) {
    if (word === '(') stack.push([])
    else if (word === ')') {
      const done = stack.pop() as Expression[]
      if (stack.length === 0) throw new SyntaxError('Cannot assemble: a closing bracket has no opening one')
      ;(stack.at(-1) as Expression[]).push(done)
    } else (stack.at(-1) as Expression[]).push(word)
  }
  const top = stack[0] as Expression[]
  if (stack.length !== 1 || top.length !== 1) throw new SyntaxError('Cannot assemble: the brackets do not close')
  return top[0] as Expression
}

interface Scope {
  readonly locals: ReadonlyMap<string, number>
  /** Labels of the enclosing blocks, innermost last. */
  readonly labels: readonly string[]
}

function functionOf(field: readonly Expression[]): { name: string; signature: number[]; code: number[] } {
  const parts = (kind: string) =>
    field.filter((part): part is readonly string[] => Array.isArray(part) && part[0] === kind)
  const params = parts('param')
  const locals = parts('local')
  const places = new Map([...params, ...locals].map((part, place) => [part[1] as string, place]))
  const types = (list: readonly (readonly string[])[], at: number) => list.map((part) => [typeByte(part[at] as string)])
  const body = field.slice(1).filter((part) => !['export', 'param', 'local', 'result'].includes(part[0] as string))
  const scope = { locals: places, labels: [] }
  return {
    name: JSON.parse(parts('export')[0]?.[1] ?? '""') as string,
    signature: [0x60, ...vector(types(params, 2)), ...vector(types(parts('result'), 1))],
    code: [
      ...vector(types(locals, 2).map((type) => [0x01, ...type])),
      ...body.flatMap((part) => instruction(part, scope)),
      0x0b,
    ],
  }
}

function instruction(expression: Expression, scope: Scope): number[] {
  const [word, ...rest] = asList(expression, 'instruction')
  if (word === 'block' || word === 'loop') {
    const inner = { ...scope, labels: [...scope.labels, rest[0] as string] }
    return [word === 'block' ? 0x02 : 0x03, 0x40, ...rest.slice(1).flatMap((part) => instruction(part, inner)), 0x0b]
  }
  const opcode = opcodes[word as string]
  if (!opcode) throw new SyntaxError(`Cannot assemble: unknown instruction '${String(word)}'`)
  const immediates = rest.filter((part): part is string => typeof part === 'string')
  const operands = rest.filter((part) => typeof part !== 'string')
  return [
    ...operands.flatMap((operand) => instruction(operand, scope)),
    ...opcode.bytes,
    ...immediateBytes(opcode, immediates, scope),
  ]
}

function immediateBytes(opcode: Opcode, words: readonly string[], scope: Scope): number[] {
  const [first = ''] = words
  switch (opcode.immediate) {
    case 'zeroes':
      return [0x00, 0x00]
    case 'local':
      return unsigned(known(scope.locals.get(first), first))
    case 'label':
      return unsigned(known(scope.labels.toReversed().indexOf(first), first))
    case 'i32':
      return signed(Number(first))
    case 'f64':
      return [...new Uint8Array(Float64Array.of(Number(first)).buffer)]
    case 'lanes':
      return words.map(Number)
    case 'memory':
      return [...unsigned(opcode.align ?? 0), ...unsigned(Number(first.replace('offset=', '') || 0))]
    case 'none':
    default:
      return []
  }
}

function known(place: number | undefined, name: string): number {
  if (place === undefined || place < 0) throw new SyntaxError(`Cannot assemble: unknown name '${name}'`)
  return place
}

function typeByte(name: string): number {
  const byte = valueTypes[name]
  if (byte === undefined) throw new SyntaxError(`Cannot assemble: unknown type '${name}'`)
  return byte
}

function asList(expression: Expression, what: string): readonly Expression[] {
  if (typeof expression === 'string')
    throw new SyntaxError(`Cannot assemble: expected a ${what}, found '${expression}'`)
  return expression
}

const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content]
const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()]
const text = (value: string): number[] => [...unsigned(value.length), ...Buffer.from(value, 'latin1')]

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return bytes
}

/** LEB128, signed, 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}
