import { isFailure } from '#platform'
import { fail } from '../failures.ts'
import type { NewFile } from '../new-files.ts'
import { continuationOf } from './grown-file.ts'
import { jsonFailure } from './json-failure.ts'
import { copyObjects, findLines } from './json-lines.ts'
import { describeJson, jsonPart } from './json-part.ts'
import type { Part, ReadContext, Reject } from './part.ts'
import { firstText } from './read-json.ts'

/** Understands a file with one JSON object a line. Lines that are none are malformed; the others are read. */
export async function readNdjson(file: NewFile, context: ReadContext): Promise<Part> {
  if (/^\s*\[/.test(await firstText(file))) {
    throw fail('malformedJson', `Cannot read '${file.path}' line by line: it is a list`, {
      details: { path: file.path },
      remedy: "Set the kind of the source to 'json'",
    })
  }
  const { start, line, rejects } = await continuationOf(file)
  if (start === 0) {
    try {
      return await understand(file, context, { path: file.absolutePath, linesBefore: 0, rejects })
    } catch (error) {
      if (!isFailure(error) || error.code !== 'platform/badSql') throw error
    }
  }
  // What has grown or holds malformed lines is read from a copy.
  const copy = await copyObjects(file.absolutePath, { ...context, start })
  if (copy.good === 0 && start === 0) {
    throw fail('malformedJson', `Cannot read '${file.path}': no line of it is a JSON object`, {
      details: { path: file.path },
    })
  }
  const linesBefore = line - 1
  const malformed = copy.malformed.map((bad) => ({
    ...bad,
    path: file.path,
    line: bad.line + linesBefore,
    columns: [],
  }))
  try {
    return await understand(file, context, { path: copy.path, linesBefore, rejects: [...rejects, ...malformed] })
  } catch (error) {
    throw jsonFailure(file, error)
  }
}

async function understand(
  file: NewFile,
  context: ReadContext,
  {
    path,
    linesBefore,
    rejects,
  }: { readonly path: string; readonly linesBefore: number; readonly rejects: readonly Reject[] },
): Promise<Part> {
  const text = { path, format: 'newline_delimited' } as const
  const { part, misfits } = await jsonPart(file, context, { text, described: await describeJson(context.lake, text) })
  const lines = await findLines(
    path,
    misfits.map((misfit) => misfit.record),
  )
  const unfit = misfits.map(({ record, columns, reason, text }) => {
    const at = lines.get(record)
    return { path: file.path, line: at ? at.line + linesBefore : null, columns, reason, text: at?.text ?? text }
  })
  return { ...part, rejects: [...rejects, ...unfit].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}
