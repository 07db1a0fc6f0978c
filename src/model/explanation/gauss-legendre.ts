/** Points in (0, 1) and their weights: ∫₀¹ f(t) dt ≈ Σ weight · f(point). */
export interface Quadrature {
  readonly points: Float64Array
  readonly weights: Float64Array
}

/**
 * Gauss–Legendre quadrature on [0, 1]: exact for polynomials of degree ≤ 2 count − 1. The points are the roots of the
 * Legendre polynomial of degree `count`, found by Newton's method.
 * @see Press et al. (2007), Numerical Recipes, section 4.6
 */
export function gaussLegendre(count: number): Quadrature {
  const points = new Float64Array(count)
  const weights = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5))
    for (let step = Infinity, tries = 0; Math.abs(step) > 1e-15 && tries < 100; tries++) {
      const { value, slope } = legendre(count, x)
      step = value / slope
      x -= step
    }
    const { slope } = legendre(count, x)
    points[i] = (1 + x) / 2
    weights[i] = 1 / ((1 - x * x) * slope * slope)
  }
  return { points, weights }
}

/** The Legendre polynomial of a degree ≥ 1 and its derivative, for |x| < 1. */
function legendre(degree: number, x: number): { readonly value: number; readonly slope: number } {
  let before = 1
  let value = x
  for (let n = 2; n <= degree; n++) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n]
  return { value, slope: (degree * (x * value - before)) / (x * x - 1) }
}
