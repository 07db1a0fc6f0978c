/** SHA-256 of some bytes, 64 hex digits: their name in the store. */
export type Digest = string
