import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { fail, storageFailure } from './failures.ts'

/** Keeps secrets that have to be read again: in the store they stand sealed, and a copy of its facts alone opens none. */
export interface Seal {
  close(secret: string): string
  /** @throws {Failure} `platform/sealBroken` where it was sealed with another key, or changed */
  open(sealed: string): string
}

/**
 * A seal by AES-256-GCM, whose key stands in a file that only its owner may read; the file is made when it is missing.
 * @param file of the key; a backup of the store has to keep it as a password is kept
 * @throws {Failure} `platform/sealBroken` where the file holds no key, `platform/notWritable`
 */
export async function openSeal(file: string): Promise<Seal> {
  const key = await keyOf(file)
  return {
    close: (secret) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce)
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed, 'base64url')
      try {
        const cipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes))
        cipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
        return Buffer.concat([cipher.update(bytes.subarray(nonceBytes + tagBytes)), cipher.final()]).toString('utf8')
      } catch (error) {
        throw fail('sealBroken', `Cannot open a secret: it was not sealed with the key in '${file}'`, { cause: error })
      }
    },
  }
}

async function keyOf(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file, 'wx', 0o600)
    await handle.writeFile(randomBytes(keyBytes).toString('base64url'))
    await handle.sync()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw storageFailure(`write the key '${file}'`, error)
  }
  const key = Buffer.from(await readFile(file, 'utf8'), 'base64url')
  if (key.length !== keyBytes) throw fail('sealBroken', `Cannot open secrets: '${file}' holds no key`)
  return key
}

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
