import { rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Workspace } from '#platform'
import type { SourceSpec } from '#system'
import { fail } from './failures.ts'
import { look, type FoundFile } from './find-files.ts'
import { newFiles, type NewFile } from './new-files.ts'
import { firstText } from './readers/read-json.ts'
import { readers } from './readers/readers.ts'
import type { FileSketch } from './schema.ts'
import { surveyColumns } from './survey-columns.ts'

/**
 * Looks at a file: its kind, its columns with types, how many rows it has and how the first ones look.
 * @throws {Failure} `ingress/…` for each way in which a file cannot be read
 */
export async function sniffFile(workspace: Workspace, path: string): Promise<FileSketch> {
  const absolutePath = resolve(path)
  const found = await look(absolutePath, dirname(absolutePath))
  if (found.sizeBytes === 0) throw fail('emptyFile', `Cannot read '${found.path}': it is empty`)
  const kind = await kindOf(found)
  const [file] = await newFiles([found], { taken: [], kind, cursor: 'file' })
  const scratch: string[] = []
  try {
    return await workspace.lake.session(async (lake) => {
      const spec: SourceSpec = { kind, path: absolutePath, cursor: 'file' }
      const part = await readers[kind](file as NewFile, { lake, blobs: workspace.blobs, spec, known: {}, scratch })
      const survey = await surveyColumns(lake, { sql: part.sql, columns: part.columns })
      const malformed = part.rejects.length
      return {
        kind,
        ...survey,
        delimiter: part.delimiter,
        malformed,
        sample: await lake.rows(`select * from (${part.sql}) limit ${sampleRows}`),
      }
    })
  } finally {
    for (const copy of scratch) await rm(copy, { force: true })
  }
}

const sampleRows = 5

/** The kind of a file by its first bytes, and where they leave it open by its name. */
async function kindOf(found: FoundFile): Promise<SourceSpec['kind']> {
  const text = (await firstText(found)).replace('\ufeff', '').trimStart()
  if (text.startsWith('PAR1')) return 'parquet'
  if (/\.(parquet|pq)$/i.test(found.path)) return 'parquet'
  if (/\.(ndjson|jsonl)$/i.test(found.path)) return 'ndjson'
  if (/\.(csv|tsv|txt)$/i.test(found.path)) return 'csv'
  if (text.startsWith('[')) return 'json'
  if (!text.startsWith('{')) return 'csv'
  const firstLine = text.slice(0, text.indexOf('\n') + 1 || undefined)
  return isObject(firstLine) && firstLine.length < text.length ? 'ndjson' : 'json'
}

function isObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
