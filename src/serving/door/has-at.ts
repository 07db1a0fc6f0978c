/** Whether these bytes stand at a place of others. */
export const hasAt = (bytes: Buffer, part: Buffer, at: number): boolean =>
  at + part.length <= bytes.length && bytes.compare(part, 0, part.length, at, at + part.length) === 0
