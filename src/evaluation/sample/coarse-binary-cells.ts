import type { BinaryCells } from './binary-cells.ts'
import { exactRows } from './sample.ts'

/**
 * About a thousand spans of neighbouring probabilities, each split by truth and decision. Within a cell every metric is
 * nearly constant, so drawing the cell's number of rows is as good as drawing its rows. Ties and bins are never split.
 */
export function coarseBinaryCells(cells: BinaryCells): BinaryCells {
  const { order, tie, weights } = cells
  const spanRows = Math.ceil((4 * order.length) / exactRows)
  const taken: number[][] = []
  const spans: number[] = []
  let [span, from] = [0, 0]
  for (let to = 1; to <= order.length; to++) {
    const [previous, row] = [order[to - 1] as number, order[to] as number]
    const sameBins =
      cells.widthBin[previous] === cells.widthBin[row] && cells.countBin[previous] === cells.countBin[row]
    if (to < order.length && (tie[previous] === tie[row] || (to - from < spanRows && sameBins))) continue
    const parts: number[][] = [[], [], [], []]
    for (let i = from; i < to; i++) {
      const member = order[i] as number
      if ((weights[member] as number) > 0)
        parts[2 * (cells.positive[member] as number) + (cells.predicted[member] as number)]?.push(member)
    }
    for (const part of parts) {
      if (part.length === 0) continue
      taken.push(part)
      spans.push(span)
    }
    span++
    from = to
  }
  return merge(cells, taken, spans)
}

function merge(cells: BinaryCells, taken: readonly number[][], spans: readonly number[]): BinaryCells {
  const sum = (of: (row: number) => number): Float64Array =>
    Float64Array.from(taken, (rows) => rows.reduce((total, row) => total + of(row), 0))
  const weights = sum((row) => cells.weights[row] as number)
  const squares = sum((row) => (cells.weights[row] as number) ** 2)
  const mean = (values: Float64Array): Float64Array =>
    sum((row) => (cells.weights[row] as number) * (values[row] as number)).map(
      (value, cell) => value / (weights[cell] as number),
    )
  const first = (values: Uint8Array): Uint8Array => Uint8Array.from(taken, ([row]) => values[row as number] as number)
  return {
    weights,
    counts: weights.map((weight, cell) => weight ** 2 / (squares[cell] as number)),
    order: Uint32Array.from(taken, (_, cell) => cell),
    tie: Int32Array.from(spans),
    probability: mean(cells.probability),
    logLoss: mean(cells.logLoss),
    brier: mean(cells.brier),
    cost: cells.cost && mean(cells.cost),
    positive: first(cells.positive),
    predicted: first(cells.predicted),
    widthBin: first(cells.widthBin),
    countBin: first(cells.countBin),
    per: cells.per,
  }
}
