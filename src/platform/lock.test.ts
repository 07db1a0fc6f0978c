import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { takeLock } from './lock.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-lock-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('takeLock()', () => {
  test('gives a lock to one at a time, and again once it is released', () => {
    const path = join(folder, 'one.lock')
    const first = takeLock(path)
    expect([first === undefined, takeLock(path)]).toEqual([false, undefined])
    first?.release()
    const second = takeLock(path)
    expect(second).toBeDefined()
    second?.release()
    second?.release()
  })

  test('is taken back from a process that is killed', async () => {
    const path = join(folder, 'killed.lock')
    const module = new URL('./lock.ts', import.meta.url).href
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { takeLock } from '${module}'; globalThis.held = takeLock(${JSON.stringify(path)})
         console.log('held'); setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    expect(takeLock(path)).toBeUndefined()
    const ended = new Promise((resolve) => holder.once('exit', resolve))
    holder.kill('SIGKILL')
    await ended
    const lock = takeLock(path)
    expect(lock).toBeDefined()
    lock?.release()
  })

  test('says which file it cannot make', () => {
    expect(() => takeLock(join(folder, 'nowhere', 'x.lock'))).toThrow(
      expect.objectContaining({ code: 'platform/notWritable' }),
    )
  })
})
