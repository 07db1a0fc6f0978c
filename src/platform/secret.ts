import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** 256 random bits as text of letters and digits. */
export const newSecret = (): string => randomBytes(32).toString('hex')

/** A hash by which a secret is known again, and from which nobody learns it: salted, and dear to compute. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16)
  return `scrypt:${salt.toString('hex')}:${(await derived(secret, salt)).toString('hex')}`
}

/** Whether a secret is the one that a hash was made of. Takes as long for one that is as for one that is not. */
export async function isSecretOf(secret: string, hash: string): Promise<boolean> {
  const [, salt = '', expected = ''] = hash.split(':')
  const found = await derived(secret, Buffer.from(salt, 'hex'))
  const wanted = Buffer.from(expected, 'hex')
  return found.length === wanted.length && timingSafeEqual(found, wanted)
}

/** A quick way to know texts again within this process: HMAC by a key that nobody has. */
export function keyedPrint(): (text: string) => string {
  const key = randomBytes(32)
  return (text) => createHmac('sha256', key).update(text).digest('base64url')
}

/** About 50 ms of a processor and 16 MB. @see RFC 7914 */
const cost = { N: 16_384, r: 8, p: 1 }

function derived(secret: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
