import { afterEach, describe, expect, test } from 'vitest'
import { client, closeDoors, openEcho, texts } from '../fixtures/echo-door.ts'
import { rawPost } from '../fixtures/raw-client.ts'

afterEach(closeDoors)

const answer = { status: 200, contentType: 'text/plain', body: 'at last' }

describe('a connection to the door', () => {
  test('waits until it is known who answers, and answers in the order in which requests came', async () => {
    const known = Promise.withResolvers<void>()
    const door = await openEcho({
      handlerOf: async ({ target }) => {
        await known.promise
        if (target === '/refused') return undefined
        return ({ body }, respond) => respond({ ...answer, body: `known ${body.toString()}` })
      },
    })
    const one = await client(door)
    one.send(rawPost('/x', 'a'), rawPost('/x', 'b'))
    one.send(rawPost('/refused', 'c'), rawPost('/x', 'd'))
    known.resolve()
    expect(await texts(one, 4)).toEqual(['200 known a', '200 known b', '200 /refused c', '200 /x d'])
  })

  test('that ends while it is not known who answers harms nobody', async () => {
    const known = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const door = await openEcho({
      handlerOf: async () => {
        asked.resolve()
        await known.promise
        return (_, respond) => respond(answer)
      },
    })
    const gone = await client(door)
    gone.send(rawPost('/x', 'a'))
    await asked.promise
    gone.close()
    const one = await client(door)
    one.send(rawPost('/x', 'a'))
    known.resolve()
    expect(await texts(one, 1)).toEqual(['200 at last'])
  })

  test('is asked again from time to time who answers what comes through it', async () => {
    let isRevoked = false
    const door = await openEcho({
      handlerOf: () => (isRevoked ? undefined : (_, respond) => respond(answer)),
      idleTimeoutMs: 2000,
    })
    const one = await client(door)
    const ask = async (): Promise<string | undefined> => {
      one.send(rawPost('/x', 'a'))
      return (await texts(one, 1))[0]
    }
    expect([await ask(), await ask()]).toEqual(['200 at last', '200 at last'])
    isRevoked = true
    await expect.poll(ask, { timeout: 15_000 }).toBe('200 /x a')
  })
})
