/** Names in quotes with commas between. */
export const quoted = (names: readonly unknown[]): string =>
  names.map((name) => (typeof name === 'string' ? `'${name}'` : String(name))).join(', ')
