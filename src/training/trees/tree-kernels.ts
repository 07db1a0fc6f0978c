import { assembleWat } from './assemble-wat.ts'
import type { FeatureSpan, RowLayout } from './row-layout.ts'
import type { TreeMemory } from './tree-memory.ts'
import { webAssembly } from './web-assembly.ts'

/**
 * The loops over rows, in WebAssembly: two to three times as fast as in JavaScript, for want of bounds checks and
 * because one instruction adds a gradient and its hessian together. Rows are given as addresses into the row numbers,
 * `to` exclusive; sums are float64 and run in the order of the rows, so the same input gives the same bits everywhere.
 */
export interface TreeKernels {
  /** Adds both derivatives of each row to its bin of every column. */
  addToHistogram(from: number, to: number, histogram: number): void
  /** Subtracts one histogram from another in place; `end` is the address after the first. */
  subtractHistogram(from: number, end: number, other: number): void
  /** Stably moves the rows whose bin goes left before the others; returns the address between them. */
  partitionNarrow(from: number, to: number, column: number): number
  partitionWide(from: number, to: number, column: number): number
  /** Adds a leaf's value to the scores of its rows. */
  addToScores(from: number, to: number, scores: number, value: number): void
  /** Derivatives of the log loss of all rows, from scores and signed weights. */
  logLossGradients(): void
}

/** Compiles the loops for one fit; addresses and columns are written into them as constants. */
export function treeKernels(memory: TreeMemory, layout: RowLayout): TreeKernels {
  const source = `(module (import "host" "memory" (memory 1))
    ${histogramText(memory, layout)} ${subtractText}
    ${partitionText('partitionNarrow', 'i32.load8_u', { memory, layout })}
    ${partitionText('partitionWide', 'i32.load16_u', { memory, layout })}
    ${scoresText} ${logLossText(memory)})`
  const module = new webAssembly.Module(assembleWat(source))
  return new webAssembly.Instance(module, { host: { memory: memory.memory } }).exports as TreeKernels
}

/** One step for each column, without a loop over them: `histogram[bin] += (gradient, hessian)`. */
function histogramText({ at }: TreeMemory, { spans, rowBytes }: RowLayout): string {
  const addToBin = ({ isWide, rowByte, firstBin }: FeatureSpan): string => `
    (local.set $bin (i32.add (local.get $histogram) (i32.shl
      (i32.load${isWide ? '16' : '8'}_u offset=${at.bins + rowByte} (local.get $bins)) (i32.const 4))))
    (v128.store offset=${firstBin * 16} (local.get $bin)
      (f64x2.add (v128.load offset=${firstBin * 16} (local.get $bin)) (local.get $derivatives)))`
  return `(func (export "addToHistogram") (param $from i32) (param $to i32) (param $histogram i32)
    (local $row i32) (local $bins i32) (local $bin i32) (local $derivatives v128)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
      (local.set $row (i32.load (local.get $from)))
      (local.set $derivatives (f64x2.promote_low_f32x4
        (v128.load64_zero offset=${at.gradients} (i32.shl (local.get $row) (i32.const 3)))))
      (local.set $bins (i32.mul (local.get $row) (i32.const ${rowBytes})))
      ${spans.map(addToBin).join('')}
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br $next))))`
}

const subtractText = `(func (export "subtractHistogram") (param $from i32) (param $end i32) (param $other i32)
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
    (v128.store (local.get $from) (f64x2.sub (v128.load (local.get $from)) (v128.load (local.get $other))))
    (local.set $from (i32.add (local.get $from) (i32.const 16)))
    (local.set $other (i32.add (local.get $other) (i32.const 16)))
    (br $next))))`

/** Writes every row to both sides and moves on only the side it belongs to, so nothing has to be guessed. */
function partitionText(
  name: string,
  load: string,
  { memory: { at }, layout }: { readonly memory: TreeMemory; readonly layout: RowLayout },
): string {
  return `(func (export "${name}") (param $from i32) (param $to i32) (param $column i32) (result i32)
    (local $row i32) (local $left i32) (local $right i32) (local $step i32)
    (local.set $left (local.get $from))
    (local.set $right (i32.const ${at.spareRows}))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
      (local.set $row (i32.load (local.get $from)))
      (local.set $step (i32.load8_u offset=${at.goesLeft} (${load}
        (i32.add (local.get $column) (i32.mul (local.get $row) (i32.const ${layout.rowBytes}))))))
      (i32.store (local.get $left) (local.get $row))
      (i32.store (local.get $right) (local.get $row))
      (local.set $left (i32.add (local.get $left) (local.get $step)))
      (local.set $right (i32.add (local.get $right) (i32.sub (i32.const 4) (local.get $step))))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br $next)))
    (memory.copy (local.get $left) (i32.const ${at.spareRows})
      (i32.sub (local.get $right) (i32.const ${at.spareRows})))
    (local.get $left))`
}

const scoresText = `(func (export "addToScores") (param $from i32) (param $to i32) (param $scores i32) (param $value f64)
  (local $score i32)
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
    (local.set $score (i32.add (local.get $scores) (i32.shl (i32.load (local.get $from)) (i32.const 3))))
    (f64.store (local.get $score) (f64.add (f64.load (local.get $score)) (local.get $value)))
    (local.set $from (i32.add (local.get $from) (i32.const 4)))
    (br $next))))`

/**
 * Two rows at a time. With y = ±1 the side of the label, w the weight, s the score and t = 1 / (1 + exp(y s)), the
 * first derivative is −y w t and the second w t (1 − t).
 */
function logLossText({ at, signedWeights }: TreeMemory): string {
  return `(func (export "logLossGradients")
    (local $row i32) (local $signed v128) (local $x v128) (local $n v128) (local $t v128)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $row) (i32.const ${signedWeights.length})))
      (local.set $signed (f64x2.promote_low_f32x4
        (v128.load64_zero offset=${at.signedWeights} (i32.shl (local.get $row) (i32.const 2)))))
      (local.set $x (v128.xor (v128.and (local.get $signed) (f64x2.splat (f64.const -0.0)))
        (v128.load offset=${at.scores} (i32.shl (local.get $row) (i32.const 3)))))
      ${expText}
      (local.set $t (f64x2.div ${splat(1)} (f64x2.add ${splat(1)} (local.get $t))))
      (v128.store offset=${at.gradients} (i32.shl (local.get $row) (i32.const 3))
        (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
          (f32x4.demote_f64x2_zero (f64x2.neg (f64x2.mul (local.get $signed) (local.get $t))))
          (f32x4.demote_f64x2_zero (f64x2.mul (f64x2.abs (local.get $signed))
            (f64x2.mul (local.get $t) (f64x2.sub ${splat(1)} (local.get $t)))))))
      (local.set $row (i32.add (local.get $row) (i32.const 2)))
      (br $next))))`
}

const splat = (value: number): string => `(f64x2.splat (f64.const ${value}))`

/**
 * `$t = exp($x)`, to 1e-11: exp(x) = 2ⁿ exp(r) with r = x − n ln 2, |r| ≤ ln 2 / 2, and the series of exp(r) to r⁹.
 * 2ⁿ is made by moving n into the exponent: adding 2⁵² leaves an integer in the lowest bits of a float64.
 */
const expText = `
  (local.set $x (f64x2.pmax ${splat(-700)} (f64x2.pmin ${splat(700)} (local.get $x))))
  (local.set $n (f64x2.nearest (f64x2.mul (local.get $x) ${splat(Math.LOG2E)})))
  (local.set $x (f64x2.sub (local.get $x) (f64x2.mul (local.get $n) ${splat(Math.LN2)})))
  (local.set $t ${splat(1 / 362_880)})
  ${[40_320, 5040, 720, 120, 24, 6, 2, 1, 1]
    .map((factorial) => `(local.set $t (f64x2.add ${splat(1 / factorial)} (f64x2.mul (local.get $t) (local.get $x))))`)
    .join('')}
  (local.set $t (f64x2.mul (local.get $t)
    (i64x2.shl (f64x2.add (local.get $n) ${splat(2 ** 52 + 1023)}) (i32.const 52))))`
