import { typeFamily, unifyTypes } from './column-types.ts'
import type { SchemaChange } from './schema.ts'

/** A column as one file has it. */
export interface FileColumn {
  readonly name: string
  readonly type: string
  /** Whether any row has a value. */
  readonly filled: boolean
}

/** What is known of a source's columns after its last file, by name. */
export type Shape = Readonly<Record<string, KnownColumn>>

interface KnownColumn {
  /** Its type when it last had values; null when it never had any. */
  readonly type: string | null
  /** Whether the last file had it, and with values. */
  readonly state: 'filled' | 'all-null' | 'gone'
}

/** Compares a file's columns with what was known, and tells what is known now. The first file changes nothing. */
export function compareShapes(
  known: Shape,
  { file, columns }: { readonly file: string; readonly columns: readonly FileColumn[] },
): { readonly changes: SchemaChange[]; readonly shape: Shape } {
  const changes: SchemaChange[] = []
  const shape: Record<string, KnownColumn> = {}
  const isFirst = Object.keys(known).length === 0
  const record = (kind: SchemaChange['kind'], column: string, types?: { from: string | null; to: string }): void => {
    if (!isFirst) changes.push({ kind, file, column, from: types?.from ?? null, to: types?.to ?? null })
  }
  for (const { name, type, filled } of columns) {
    const before = known[name]
    shape[name] = { type: filled ? type : (before?.type ?? null), state: filled ? 'filled' : 'all-null' }
    if (!before || before.state === 'gone') record('appeared', name, { from: before?.type ?? null, to: type })
    else if (before.state === 'filled' && !filled) record('all-null', name)
    else if (before.state === 'all-null' && filled) record('filled', name, { from: before.type, to: type })
    if (!filled || !before?.type || before.type === type) continue
    if (typeFamily(before.type) !== typeFamily(type)) {
      record('type-changed', name, { from: before.type, to: type })
      continue
    }
    const both = unifyTypes(before.type, type)
    shape[name] = { type: both, state: 'filled' }
    if (both !== before.type) record('widened', name, { from: before.type, to: type })
  }
  for (const [name, before] of Object.entries(known)) {
    if (name in shape) continue
    shape[name] = { type: before.type, state: 'gone' }
    if (before.state !== 'gone') record('vanished', name, undefined)
  }
  return { changes, shape }
}
