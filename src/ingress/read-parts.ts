import { type Lake, type Workspace } from '#platform'
import type { SourceSpec } from '#system'
import { isMoment } from './column-types.ts'
import { fail } from './failures.ts'
import type { NewFile } from './new-files.ts'
import type { Part, Reject } from './readers/part.ts'
import { readers } from './readers/readers.ts'
import { compareShapes, type FileColumn, type Shape } from './schema-changes.ts'
import type { SchemaChange } from './schema.ts'

/** Files, understood one after the other: each with what is known from those before. */
export interface ReadParts {
  readonly parts: readonly Part[]
  readonly changes: readonly SchemaChange[]
  readonly shape: Shape
}

/**
 * Understands files and compares each with the one before it.
 * @param scratch collects the copies that are made on the way, also when a file fails
 * @throws {Failure} the ways in which a file cannot be read; `ingress/columnMissing`, `ingress/timeType`
 */
export async function readParts(
  workspace: Workspace,
  files: readonly NewFile[],
  {
    lake,
    spec,
    known,
    scratch,
  }: { readonly lake: Lake; readonly spec: SourceSpec; readonly known: Shape; readonly scratch: string[] },
): Promise<ReadParts> {
  const parts: Part[] = []
  const changes: SchemaChange[] = []
  let shape = known
  for (const file of files) {
    const part = await readers[spec.kind](file, { lake, blobs: workspace.blobs, spec, known: shape, scratch })
    checkColumns(file, { spec, columns: part.columns })
    const compared = compareShapes(shape, { file: file.path, columns: part.columns })
    if (file.isReplaced) changes.push({ kind: 'replaced', file: file.path, column: null, from: null, to: null })
    changes.push(...compared.changes)
    shape = compared.shape
    parts.push(part)
  }
  return { parts, changes, shape }
}

/** Holds the columns that the source names to be there, and its time column to hold moments. */
function checkColumns(file: NewFile, { spec, columns }: { spec: SourceSpec; columns: readonly FileColumn[] }): void {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const named = [...(spec.time ? [spec.time] : []), ...Object.keys(spec.columns ?? {})]
  for (const name of named) {
    if (byName.has(name)) continue
    throw fail(
      'columnMissing',
      `Cannot read '${file.path}': it has no column '${name}', only ${[...byName.keys()].join(', ')}`,
      {
        details: { path: file.path, column: name },
      },
    )
  }
  const time = spec.time === undefined ? undefined : byName.get(spec.time)
  if (!time || isMoment(time.type)) return
  const what = time.filled ? `it is ${time.type}` : 'it has no value'
  throw fail('timeType', `Cannot read '${file.path}': the time column '${time.name}' holds no moments, ${what}`, {
    details: { path: file.path, column: time.name, type: time.type },
  })
}

/** @throws {Failure} `ingress/schemaChanged` for a column that vanished or changed its type */
export function refuseBreaks(changes: readonly SchemaChange[]): void {
  const broken = changes.find((change) => change.kind === 'vanished' || change.kind === 'type-changed')
  if (!broken) return
  const what = broken.kind === 'vanished' ? 'vanished' : `changed from ${broken.from} to ${broken.to}`
  throw fail('schemaChanged', `Cannot take '${broken.file}': the column '${broken.column}' ${what}`, {
    details: { ...broken },
  })
}

/** @throws {Failure} `ingress/malformedCsv` or `ingress/malformedJson` when a file is malformed in more rows than not */
export function refuseMostlyMalformed(
  rejects: readonly Reject[],
  { parts, rows }: { readonly parts: readonly Part[]; readonly rows: number },
): void {
  if (rejects.length === 0 || rejects.length <= rows) return
  const first = rejects[0] as Reject
  const kind = parts.some((part) => part.delimiter !== null) ? 'malformedCsv' : 'malformedJson'
  const line = first.line === null ? '' : ` in line ${first.line}`
  throw fail(
    kind,
    `Cannot read '${first.path}': ${rejects.length} rows are malformed and ${rows} are not; the first${line}: ${first.reason}`,
    {
      details: { path: first.path, line: first.line, malformed: rejects.length, rows },
    },
  )
}
