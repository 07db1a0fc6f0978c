/**
 * Edges of equal bins by Doane's rule, which asks for more of them the more skewed the values are.
 *
 * Width = (max − min) / (1 + log₂ n + log₂(1 + |g| / σ)), g the skewness, σ = √(6 (n − 2) / ((n + 1)(n + 3))).
 *
 * @param values without NaN, shape [rows]
 * @returns ascending, shape [bins + 1]; numpy's `histogram_bin_edges(values, 'doane')`
 * @see Doane (1976), doi:10.2307/2683757
 */
export function doaneEdges(values: Float64Array): number[] {
  const rows = values.length
  const [least, greatest] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  ) as [number, number]
  if (!(greatest > least)) return [least - 0.5, least + 0.5]
  const bins = rows > 2 ? Math.ceil(1 + Math.log2(rows) + Math.log2(1 + skewness(values) / spread(rows))) : 1
  const step = (greatest - least) / bins
  return Array.from({ length: bins + 1 }, (_, edge) => (edge === bins ? greatest : least + edge * step))
}

const spread = (rows: number): number => Math.sqrt((6 * (rows - 2)) / ((rows + 1) * (rows + 3)))

/** |mean cubed standard score|. */
function skewness(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  return Math.abs(values.reduce((sum, value) => sum + ((value - mean) / deviation) ** 3, 0) / values.length)
}
