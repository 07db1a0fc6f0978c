import { isFailure } from '#platform'
import { fail } from '../failures.ts'
import type { NewFile } from '../new-files.ts'
import { copyText } from './copy-text.ts'
import { describeJson, jsonPart, type JsonText } from './json-part.ts'
import { lineOfRecords, withoutMalformedLines } from './json-lines.ts'
import type { Part, ReadContext, Reject } from './part.ts'
import { firstText, jsonFailure } from './read-json.ts'

/** Understands a file with one JSON object a line. Lines that are none are malformed; the others are read. */
export async function readNdjson(file: NewFile, context: ReadContext): Promise<Part> {
  if (/^\s*\[/.test(await firstText(file))) {
    throw fail('malformedJson', `Cannot read '${file.path}' line by line: it is a list`, {
      details: { path: file.path },
      remedy: "Set the kind of the source to 'json'",
    })
  }
  const copy = await copyText(file, context, 0)
  const linesBefore = copy?.linesBefore ?? 0
  const rejects: Reject[] = [...(copy?.rejects ?? [])]
  let text: JsonText = { path: copy?.path ?? file.absolutePath, format: 'newline_delimited' }
  const understand = async (): Promise<Part> => {
    const described = await describeJson(context.lake, text)
    const { part, misfits } = await jsonPart(file, context, { text, described })
    const lines = await lineOfRecords(
      text.path,
      misfits.map((misfit) => misfit.record),
    )
    for (const { record, columns, reason, text } of misfits) {
      const at = lines.get(record)
      rejects.push({
        path: file.path,
        line: at ? at.line + linesBefore : null,
        columns,
        reason,
        text: at?.text ?? text,
      })
    }
    return { ...part, rejects, linesBefore }
  }
  try {
    return await understand()
  } catch (error) {
    if (!isFailure(error) || error.code !== 'platform/badSql') throw error
  }
  const clean = await withoutMalformedLines(text.path, context)
  rejects.push(
    ...clean.malformed.map(({ line, text, reason }) => ({
      path: file.path,
      line: line + linesBefore,
      columns: [],
      reason,
      text,
    })),
  )
  if (clean.good === 0) {
    throw fail('malformedJson', `Cannot read '${file.path}': no line of it is a JSON object`, {
      details: { path: file.path },
    })
  }
  text = { ...text, path: clean.path }
  try {
    return await understand()
  } catch (error) {
    throw jsonFailure(file, error)
  }
}
