import { expect, test } from 'vitest'
import { gaussLegendre } from './gauss-legendre.ts'

test.each([1, 2, 3, 8, 33, 200])('gaussLegendre(%d) integrates polynomials of degree 2 count − 1 exactly', (count) => {
  const { points, weights } = gaussLegendre(count)
  for (let degree = 0; degree < 2 * count; degree++) {
    const integral = points.reduce((sum, point, i) => sum + (weights[i] as number) * point ** degree, 0)
    expect(integral).toBeCloseTo(1 / (degree + 1), 12)
  }
})

test('gaussLegendre(2) has the published points, (1 ± 1 / √3) / 2', () => {
  const { points, weights } = gaussLegendre(2)
  expect([...points].toSorted((a, b) => a - b)).toEqual(
    [1 - Math.sqrt(1 / 3), 1 + Math.sqrt(1 / 3)].map((x) => expect.closeTo(x / 2, 15) as number),
  )
  expect([...weights]).toEqual([0.5, 0.5].map((weight) => expect.closeTo(weight, 15) as number))
})
