/**
 * A number between a and b > a, near their middle, with as few digits as can be: people read it. It is greater than a,
 * and b itself only where no double lies between them.
 */
export function numberBetween(a: number, b: number): number {
  const middle = a / 2 + b / 2
  for (let digits = 1; digits <= 17; digits++) {
    const rounded = Number(middle.toPrecision(digits))
    if (rounded > a && rounded < b) return rounded
  }
  return b
}
