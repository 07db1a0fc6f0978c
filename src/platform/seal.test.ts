import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSeal } from './seal.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seal-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('openSeal()', () => {
  test('opens what it closed, also after it was opened again, and shows nothing of it', async () => {
    const file = join(folder, 'secret.key')
    const sealed = (await openSeal(file)).close('größe 1')
    expect((await openSeal(file)).open(sealed)).toBe('größe 1')
    expect(Buffer.from(sealed, 'base64url').toString()).not.toContain('größe')
    expect((await openSeal(file)).close('größe 1')).not.toBe(sealed)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('opens nothing that was sealed with another key, or changed', async () => {
    const [one, other] = [await openSeal(join(folder, 'one.key')), await openSeal(join(folder, 'other.key'))]
    const sealed = one.close('secret')
    const bytes = Buffer.from(sealed, 'base64url')
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    for (const broken of [sealed.slice(0, 20), bytes.toString('base64url'), ''])
      expect(() => one.open(broken)).toThrow(expect.objectContaining({ code: 'platform/sealBroken' }))
    expect(() => other.open(sealed)).toThrow(expect.objectContaining({ code: 'platform/sealBroken' }))
  })

  test('makes no other key where the file holds none', async () => {
    const file = join(folder, 'damaged.key')
    await writeFile(file, 'short')
    await expect(openSeal(file)).rejects.toMatchObject({ code: 'platform/sealBroken' })
  })
})
