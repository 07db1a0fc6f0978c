import { readFileSync } from 'node:fs'

/** Version of Millrace, as its package says. */
export const version: string = readVersion()

/** The sources stand one folder below the package, what is compiled of them two. */
function readVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string }).version
    } catch {
      continue
    }
  }
  return '0'
}
