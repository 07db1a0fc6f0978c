import { binaryCells, type BinaryCells, type BinaryRows } from './binary-cells.ts'
import { binaryInfluence } from './binary-influence.ts'
import { coarseBinaryCells } from './coarse-binary-cells.ts'
import { measureBinary } from './measure-binary.ts'
import { exactRows, type Sample } from './sample.ts'

/** The sample of a binary task. */
export function binarySample(rows: BinaryRows): Sample {
  return sampleOver(binaryCells(rows))
}

function sampleOver(cells: BinaryCells): Sample {
  const sample: Sample = {
    weights: cells.weights,
    counts: cells.counts,
    measure: (weights) => measureBinary(cells, weights),
    influence: (metric) => binaryInfluence(cells, metric),
    interval: () => null,
    coarsen: () => (cells.weights.length <= exactRows ? sample : sampleOver(coarseBinaryCells(cells))),
  }
  return sample
}
