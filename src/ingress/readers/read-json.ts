import { createReadStream } from 'node:fs'
import { fail } from '../failures.ts'
import { openFailure } from '../find-files.ts'
import type { NewFile } from '../new-files.ts'
import { jsonFailure } from './json-failure.ts'
import { describeJson, jsonPart, type JsonText } from './json-part.ts'
import type { Part, ReadContext } from './part.ts'

/** Understands a JSON file: a list of objects, or objects one after the other. */
export async function readJson(file: NewFile, context: ReadContext): Promise<Part> {
  if (/^\s*\[\s*\]\s*$/.test(await firstText(file))) {
    throw fail('noRows', `Cannot read '${file.path}': its list is empty`, { details: { path: file.path } })
  }
  const text: JsonText = { path: file.absolutePath, format: 'auto' }
  try {
    const described = await describeJson(context.lake, text)
    const { part, misfits } = await jsonPart(file, context, { text, described })
    const rejects = misfits.map(({ record, columns, reason, text }) => ({
      path: file.path,
      line: null,
      columns,
      reason: `record ${record}, ${reason}`,
      text,
    }))
    return { ...part, rejects }
  } catch (error) {
    throw jsonFailure(file, error)
  }
}

/** The first characters of a text file. */
export async function firstText(file: { readonly path: string; readonly absolutePath: string }): Promise<string> {
  try {
    const stream = createReadStream(file.absolutePath, { end: 65_535, encoding: 'utf8' })
    let text = ''
    for await (const part of stream) text += part as string
    return text
  } catch (error) {
    throw openFailure(file.path, error)
  }
}
