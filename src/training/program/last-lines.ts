/** The last lines that a program printed, for an error: joined, and not too many. */
export function lastLines(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
  const shown = lines.slice(-mostLines).join('\n').slice(-mostSigns)
  return shown === '' ? 'it printed nothing' : shown
}

const mostLines = 8
const mostSigns = 1500
