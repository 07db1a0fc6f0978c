import { canonicalJson, type Json } from '#platform'
import type { SystemSpec } from '../schema.ts'

/** A value that differs. */
export interface SpecChange {
  readonly path: string
  readonly from: Json
  readonly to: Json
}

/**
 * Every difference between two forms of a system, in the order of the file. Items of lists are told apart by what they
 * are, not by where they stand: a check that is put in front of others is one change.
 */
export function specChanges(previous: SystemSpec | null, next: SystemSpec): readonly SpecChange[] {
  return differences('', { from: previous ?? {}, to: next })
}

function differences(path: string, { from, to }: { from: Json | undefined; to: Json | undefined }): SpecChange[] {
  if (same(from, to)) return []
  const before = entriesOf(from)
  const after = entriesOf(to)
  if (before === null || after === null) return [{ path, from: from ?? null, to: to ?? null }]
  const keys = [...new Set([...after.keys(), ...before.keys()])]
  const found = keys.flatMap((key) =>
    differences(joined(path, { key, list: Array.isArray(to) }), { from: before.get(key), to: after.get(key) }),
  )
  // Items that only changed places.
  return found.length > 0 ? found : [{ path, from: from ?? null, to: to ?? null }]
}

/** The parts of an object, or of a list whose items have names; null for anything that is compared as a whole. */
function entriesOf(value: Json | undefined): Map<string, Json | undefined> | null {
  if (value === null || typeof value !== 'object') return null
  if (!isList(value)) return new Map(Object.entries(value))
  if (value.some((item) => nameOf(item) === null)) return null
  const entries = new Map<string, Json>()
  for (const item of value) {
    const name = nameOf(item) as string
    let key = name
    for (let count = 2; entries.has(key); count++) key = `${name} (${count})`
    entries.set(key, item)
  }
  return entries
}

/** What an item of a list is called: its name, or its kind with what it is about. */
function nameOf(item: Json): string | null {
  if (item === null || typeof item !== 'object' || isList(item)) return null
  const { name, kind, column, columns, what, metric } = item as Readonly<Record<string, Json | undefined>>
  if (typeof name === 'string') return name
  if (typeof kind !== 'string') return null
  const about = [column, ...(isList(columns) ? columns : [columns]), what, metric].filter(
    (part) => typeof part === 'string',
  )
  return [kind, ...about].join(' ')
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
const same = (a: Json | undefined, b: Json | undefined): boolean =>
  canonicalJson(a ?? null) === canonicalJson(b ?? null)
const joined = (path: string, { key, list }: { key: string; list: boolean }): string =>
  list ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
