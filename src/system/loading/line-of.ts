import { fileURLToPath } from 'node:url'

/**
 * The line of a file at which an error arose, from its stack; null where the stack does not name the file.
 * @param url of the file
 */
export function lineOf(error: unknown, url: string): number | null {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const name of [url, fileURLToPath(url)]) {
    const place = stack.indexOf(`${name}:`)
    const line = place < 0 ? undefined : /^\d+/.exec(stack.slice(place + name.length + 1))?.[0]
    if (line !== undefined) return Number(line)
  }
  return null
}
