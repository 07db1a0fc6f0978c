/** A JSON list in a text that anybody may have written; empty where it holds none. */
export function listIn(text = '[]'): readonly unknown[] {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read : []
  } catch {
    return []
  }
}
