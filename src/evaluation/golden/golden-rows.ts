import type { Scores } from '#model'
import type { Truth } from '../schema.ts'

/** Rows that scikit-learn 1.9.1 was asked about too: a congruential stream makes the same ones in every language. */
export interface GoldenRows {
  readonly scores: Scores
  readonly truth: Truth
  readonly weights: Float64Array
}

/** The upper 23 bits of s ← 1103515245 s + 12345 (mod 2³¹), as a share. */
function goldenStream(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) / 2 ** 23
  }
}

/** 500 rows, 170 of them positive, probabilities in hundredths (many ties), badly calibrated on purpose. */
export function goldenBinary(): GoldenRows & { readonly probabilities: Float64Array } {
  const next = goldenStream(7)
  const probabilities: number[] = []
  const labels: number[] = []
  const weights: number[] = []
  for (let row = 0; row < 500; row++) {
    const probability = Math.floor(next() * 100) / 100
    probabilities.push(probability)
    labels.push(next() < probability * probability ? 1 : 0)
    weights.push(1 + Math.floor(next() * 3))
  }
  return {
    probabilities: Float64Array.from(probabilities),
    scores: binaryScores(probabilities),
    truth: { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.from(labels) },
    weights: Float64Array.from(weights),
  }
}

/** Scores of a binary model, classes 'no' and 'yes'. */
export function binaryScores(probabilities: ArrayLike<number>): Scores {
  const both = Array.from(probabilities, (probability) => [1 - probability, probability]).flat()
  return { kind: 'classes', classes: ['no', 'yes'], probabilities: Float64Array.from(both) }
}

/** 300 rows of 5 classes. */
export function goldenMulticlass(): GoldenRows {
  const next = goldenStream(11)
  const classes = ['a', 'b', 'c', 'd', 'e']
  const probabilities: number[] = []
  const labels: number[] = []
  const weights: number[] = []
  for (let row = 0; row < 300; row++) {
    const parts = classes.map(() => Math.floor(next() * 1000) + 1)
    const sum = parts.reduce((total, part) => total + part, 0)
    probabilities.push(...parts.map((part) => part / sum))
    const point = next()
    let [label, below] = [0, 0]
    while (label < 4 && point >= below + (parts[label] as number) / sum) below += (parts[label++] as number) / sum
    labels.push(label)
    weights.push(1 + Math.floor(next() * 3))
  }
  return {
    scores: { kind: 'classes', classes, probabilities: Float64Array.from(probabilities) },
    truth: { kind: 'classes', classes, labels: Int32Array.from(labels) },
    weights: Float64Array.from(weights),
  }
}

/** 401 rows, some truths below zero and some near it. */
export function goldenRegression(): GoldenRows {
  const next = goldenStream(13)
  const actual: number[] = []
  const predicted: number[] = []
  const weights: number[] = []
  for (let row = 0; row < 401; row++) {
    const value = next() * 20 - 2
    actual.push(value)
    predicted.push(value + (next() - 0.4) * 6)
    weights.push(1 + Math.floor(next() * 3))
  }
  return {
    scores: { kind: 'numbers', values: Float64Array.from(predicted) },
    truth: { kind: 'numbers', values: Float64Array.from(actual) },
    weights: Float64Array.from(weights),
  }
}
