/** The day of a moment: `2001-02-01`. */
export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)

/** A relative change with its sign: `−12.3 %`. */
export function percentChange(share: number | null): string {
  if (share === null) return '–'
  const text = Math.abs(share * 100).toFixed(1)
  return `${share < 0 ? '−' : '+'}${text} %`
}

/** A number with thin grouping, such as `17 912`; money and counts. */
export function grouped(value: number | null, digits = 0): string {
  if (value === null) return '–'
  const [whole, fraction] = Math.abs(value).toFixed(digits).split('.') as [string, string | undefined]
  const groups = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ' ')
  return `${value < 0 ? '−' : ''}${groups}${fraction ? `.${fraction}` : ''}`
}

/** Text columns padded to line up; numbers stand right. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, place) => Math.max(title.length, ...rows.map((row) => row[place]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, place) =>
        place === 0 ? cell.padEnd(widths[place] as number) : cell.padStart(widths[place] as number),
      )
      .join('  ')
      .trimEnd()
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}
