import type { FeatureBins } from './fit-bins.ts'

/** Where one column stands in a row of bins, and in a histogram. */
export interface FeatureSpan {
  /** Place of the column in the ensemble. */
  readonly feature: number
  readonly bins: FeatureBins
  /** Two bytes a bin number instead of one. */
  readonly isWide: boolean
  /** Byte of the row at which the column's bin number stands. */
  readonly rowByte: number
  /** Bin of the histogram at which the column's first stands. */
  readonly firstBin: number
}

/** How the bin numbers of a row lie in memory: narrow columns first, then wide ones. */
export interface RowLayout {
  readonly spans: readonly FeatureSpan[]
  /** Bytes of a row, even. */
  readonly rowBytes: number
  /** Bins of all columns together. */
  readonly binCount: number
}

/** Lays out the columns that have anything to tell. */
export function rowLayout(bins: readonly FeatureBins[]): RowLayout {
  const telling = bins.map((bins, feature) => ({ bins, feature })).filter(({ bins }) => bins.tells)
  const narrow = telling.filter(({ bins }) => bins.binCount <= 256)
  const wide = telling.filter(({ bins }) => bins.binCount > 256)
  const wideFrom = narrow.length + (narrow.length % 2)
  const spans: FeatureSpan[] = []
  let firstBin = 0
  for (const [place, { bins, feature }] of [...narrow, ...wide].entries()) {
    const isWide = place >= narrow.length
    const rowByte = isWide ? wideFrom + 2 * (place - narrow.length) : place
    spans.push({ feature, bins, isWide, rowByte, firstBin })
    firstBin += bins.binCount
  }
  return { spans, rowBytes: wideFrom + 2 * wide.length, binCount: firstBin }
}
