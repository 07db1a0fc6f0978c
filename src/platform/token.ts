import { randomBytes } from 'node:crypto'

/** A text that nobody can guess, of 256 random bits, made of letters, digits, `-` and `_`: who knows it may use what it names. */
export const newToken = (): string => randomBytes(32).toString('base64url')
