import type { Permission } from '#governance'
import type { Workspace } from '#platform'
import type { Message } from './message.ts'

/** One address of the protocol, below `/api/2.0/mlflow/` or where its version says. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'
  /** Words between slashes; one that begins with a colon stands for any, and a last one that ends in `*` for all that follow. */
  readonly path: string
  /** Version of the API; 2.0 where absent. */
  readonly version?: '2.0' | '3.0'
  /** What a caller must be allowed to do. */
  readonly permission: Permission | 'public'
  /** @returns the answer, or its JSON; @throws {MlflowFailure} */
  readonly answer: (call: Call) => Promise<object | JsonText>
}

/** An answer that is written already. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export interface Call {
  readonly workspace: Workspace
  /** The project that it is about: what belongs to another one is as if it were not there. */
  readonly project: string
  readonly message: Message
  /** What stands in the place of the words with colons. */
  readonly words: Readonly<Record<string, string>>
  /** Length of the body in bytes. */
  readonly bodyBytes: number
  /** Id of the run of a system that the caller may write to: that of the candidate which it trains. */
  readonly pen?: string | undefined
}

/** A list, left out where it is empty. */
export const wireList = <Item>(items: readonly Item[]): readonly Item[] | undefined =>
  items.length > 0 ? items : undefined

/** A tag or parameter. */
export const wirePair = ({ name, value }: { readonly name: string; readonly value: string }) => ({ key: name, value })
