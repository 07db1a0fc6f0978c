/** A number as a sentence shows it: four significant digits, a real minus sign. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4))).replace('-', '−')
}
