/** A map that forgets what was put in first once it holds too much. */
export interface BoundedMap<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
}

export function boundedMap<Key, Value>(most: number): BoundedMap<Key, Value> {
  const held = new Map<Key, Value>()
  return {
    get: (key) => held.get(key),
    set: (key, value) => {
      held.delete(key)
      held.set(key, value)
      if (held.size > most) held.delete(held.keys().next().value as Key)
    },
    delete: (key) => void held.delete(key),
  }
}
