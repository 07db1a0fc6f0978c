import type { StringColumn } from '#platform'

/** The same column with a dictionary of only what its rows hold: some rows of a large table share its dictionary. */
export function usedTexts(column: StringColumn): StringColumn {
  const places = new Int32Array(column.dictionary.length).fill(-1)
  const dictionary: string[] = []
  const codes = column.codes.map((code) => {
    if (code < 0) return -1
    if (places[code] === -1) places[code] = dictionary.push(column.dictionary[code] as string) - 1
    return places[code] as number
  })
  return { kind: 'string', codes, dictionary }
}
