/**
 * SQL over several lines, without the indentation of the file around it. Values are put in as they stand: numbers,
 * names and pieces of other `sql` text. It is the author's own SQL, so nothing is quoted.
 *
 * @example
 * sql`
 *   select *, delay > ${15} as late
 *   from flights
 * `
 */
export function sql(parts: TemplateStringsArray, ...values: readonly (string | number | boolean)[]): string {
  const text = parts.map((part, place) => part + String(values[place] ?? '')).join('')
  const lines = text.split('\n').map((line) => line.trimEnd())
  const indents = lines
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => line.length - line.trimStart().length)
  const indent = indents.length === 0 ? 0 : Math.min(...indents)
  return lines
    .map((line, place) => (place === 0 ? line : line.slice(indent)))
    .join('\n')
    .trim()
}
