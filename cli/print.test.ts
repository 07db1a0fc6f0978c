import { expect, test, vi } from 'vitest'
import { printFailure } from './print.ts'
import { usageFailure } from './usage-failure.ts'

/** What is thrown where closing fails too. */
async function thrownBoth(): Promise<unknown> {
  const broken = { [Symbol.asyncDispose]: () => Promise.reject(new Error('Cannot close the connection')) }
  try {
    await using _first = broken
    await using _second = broken
    throw usageFailure('nothingFound', "Cannot find 'x': it is not there")
  } catch (error) {
    return error
  }
}

test('printFailure() says what went wrong first where closing fails for it too', async () => {
  const thrown = await thrownBoth()
  expect(thrown).not.toMatchObject({ code: 'cli/nothingFound' })
  let out = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((out += String(text)), true))
  try {
    printFailure(thrown, { json: false })
  } finally {
    vi.restoreAllMocks()
  }
  expect(out).toMatch(/✖ Cannot find 'x'[^]*code: cli\/nothingFound/)
  expect(out).not.toContain('Cannot close')
})
