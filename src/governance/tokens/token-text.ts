/** What a token is for whoever has it: `mlr_<id>_<secret>`. */
export interface TokenParts {
  readonly id: string
  readonly secret: string
}

export const tokenText = ({ id, secret }: TokenParts): string => `mlr_${id}_${secret}`

/** The parts of a token; undefined where a text is none. */
export function readTokenText(text: string): TokenParts | undefined {
  const [, id, secret] = /^mlr_([0-9a-z]{1,40})_([0-9a-f]{64})$/.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}
