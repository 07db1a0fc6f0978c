/**
 * Lines of a table, its columns side by side. On a terminal, columns that are too wide for it are cut, the widest first.
 * @param options.width of the terminal; nothing is cut where absent
 * @param options.whole columns that are never cut: what is to be pasted
 */
export function tableText(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  options: { readonly width?: number | undefined; readonly whole?: readonly string[] } = {},
): string {
  const { width = process.stdout.columns, whole = [] } = options
  const lines = [header, ...rows.map((row) => row.map(oneLine))]
  const widths = header.map((_, place) => Math.max(...lines.map((line) => widthOf(line[place] ?? ''))))
  const fixed = new Set(header.flatMap((title, place) => (whole.includes(title) ? [place] : [])))
  if (width !== undefined) narrow(widths, { most: width - gap.length * (header.length - 1), fixed })
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, place) => fit(cell, widths[place] as number))
      .join(gap)
      .trimEnd()
  return [lineOf(header), widths.map((one) => '─'.repeat(one)).join(gap), ...lines.slice(1).map(lineOf)].join('\n')
}

/** A moment as people read it: '2026-11-26 21:00'. */
export const momentText = (atMs: number | null): string =>
  atMs === null || Math.abs(atMs) > latestMoment ? '–' : new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')

/** A number in few digits; infinities were stored as the largest numbers. */
export function shortNumber(value: number | string): string {
  if (typeof value === 'string') return value
  if (Math.abs(value) === Number.MAX_VALUE) return value > 0 ? '∞' : '−∞'
  return Number.isSafeInteger(value) ? String(value) : String(Number(value.toPrecision(5)))
}

/** Takes from the widest until all fit, or none is wider than it must be. */
function narrow(
  widths: number[],
  { most, fixed }: { readonly most: number; readonly fixed: ReadonlySet<number> },
): void {
  const free = widths.map((_, place) => place).filter((place) => !fixed.has(place))
  for (;;) {
    const total = widths.reduce((sum, one) => sum + one, 0)
    const widest = free.reduce((a, b) => ((widths[b] as number) > (widths[a] as number) ? b : a), free[0] ?? 0)
    if (free.length === 0 || total <= most || (widths[widest] as number) <= leastWidth) return
    widths[widest] = (widths[widest] as number) - 1
  }
}

function fit(text: string, width: number): string {
  const own = widthOf(text)
  if (own <= width) return text + ' '.repeat(width - own)
  let kept = ''
  for (const letter of lettersOf(text)) {
    if (widthOf(kept) + widthOf(letter) > width - 1) break
    kept += letter
  }
  return fit(`${kept}…`, Math.max(width, widthOf(kept) + 1))
}

/** Places that a text takes on a terminal: letters of East Asia and pictures take two. */
const widthOf = (text: string): number => lettersOf(text).reduce((sum, letter) => sum + (wide.test(letter) ? 2 : 1), 0)

const lettersOf = (text: string): readonly string[] => Array.from(segmenter.segment(text), ({ segment }) => segment)
const segmenter = new Intl.Segmenter()
const wide =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}/u
// Whatever a client logged must not move the cursor.
// oxlint-disable-next-line no-control-regex
const oneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
const gap = '  '
const leastWidth = 6
const latestMoment = 8.64e15
