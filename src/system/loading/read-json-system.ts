import { readFile } from 'node:fs/promises'
import { messageOf } from '#platform'
import { fail } from '../failures.ts'
import type { SystemSpec } from '../schema.ts'
import { parseSystem } from '../validation/parse-system.ts'

/**
 * Reads a system from a JSON file.
 * @throws {Failure} `system/syntax` with the line, `system/missingFile`, `system/invalid`
 */
export async function readJsonSystem(file: string): Promise<SystemSpec> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw fail('missingFile', `Cannot read the system file '${file}': ${messageOf(cause)}`, {
      cause,
      details: { file },
    })
  })
  return parseSystem(parseJson(text, file))
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const position = /at position (\d+)/.exec(messageOf(cause))?.[1]
    const line = position === undefined ? lastLine(text) : lastLine(text.slice(0, Number(position)))
    const what = messageOf(cause).replace(/ \(line \d+ column \d+\)| at position \d+/g, '')
    throw fail('syntax', `Cannot read the system file: ${file}:${line}: ${what}`, { cause, details: { file, line } })
  }
}

const lastLine = (text: string): number => text.split('\n').length
