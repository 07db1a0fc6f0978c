import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { assembleWat } from './assemble-wat.ts'
import { webAssembly } from './web-assembly.ts'

const memory = new webAssembly.Memory({ initial: 1 })

type Numbers = (...inputs: number[]) => number

function load(functions: string): Readonly<Record<string, Numbers>> {
  const source = `(module (import "host" "memory" (memory 1)) ${functions})`
  const module = new webAssembly.Module(assembleWat(source))
  return new webAssembly.Instance(module, { host: { memory } }).exports as Record<string, Numbers>
}

test('assembleWat() makes a loop over memory that runs', () => {
  const { sum } = load(`
    (func (export "sum") (param $from i32) (param $to i32) (result f64) (local $sum f64) ;; a comment
      (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
        (local.set $sum (f64.add (local.get $sum) (f64.load offset=8 (local.get $from))))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (br $next)))
      (local.get $sum))`)
  new Float64Array(memory.buffer).set([100, 1.5, 2, 4])
  expect(sum?.(0, 24)).toBe(7.5)
})

test('assembleWat() writes every 32-bit constant as it stands', () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const { constant } = load(`(func (export "constant") (result i32) (i32.const ${value}))`)
      expect(constant?.()).toBe(value)
    }),
    { numRuns: 60 },
  )
})

test.each([
  ['(func (export "f") (i64.rotl (i32.const 1)))', /unknown instruction 'i64.rotl'/, 'an instruction it does not know'],
  ['(func (export "f") (local.get $x))', /unknown name '\$x'/, 'a local that is not declared'],
  ['(func (export "f") (br $out))', /unknown name '\$out'/, 'a label that encloses nothing'],
  ['(func (export "f") (param $x i64))', /unknown type 'i64'/, 'a type it does not know'],
  ['(func (export "f")', /brackets do not close/, 'a missing bracket'],
  ['))', /no opening one/, 'a bracket too many'],
])('assembleWat() refuses %s', (text, message) => {
  expect(() => load(text)).toThrow(message)
})
