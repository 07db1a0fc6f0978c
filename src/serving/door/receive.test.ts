import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { receive } from './receive.ts'

const opened: (Server | Socket)[] = []
afterEach(() => {
  for (const one of opened.splice(0)) {
    if ('destroy' in one) one.destroy()
    else one.close()
  }
})

/** Both ends of a connection; of the accepted one nothing was read. */
async function connection(): Promise<{ readonly accepted: Socket; readonly caller: Socket }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const caller = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  opened.push(server, caller, accepted)
  return { accepted, caller }
}

/** Takes pieces, and tells when the text that came is whole. */
function reader(whole: string) {
  const pieces: Buffer[] = []
  let [came, tell] = ['', () => undefined as void]
  const done = new Promise<void>((resolve) => (tell = resolve))
  const take = (piece: Buffer): void => {
    pieces.push(piece)
    came += piece.toString()
    if (came === whole) tell()
  }
  return { take, pieces, done }
}

describe('receive()', () => {
  test('reads all connections into the same memory', async () => {
    const memory = new Set<ArrayBufferLike>()
    for (const word of ['one', 'two']) {
      const { accepted, caller } = await connection()
      const { take, pieces, done } = reader(word)
      const { socket } = receive(accepted, take)
      opened.push(socket)
      caller.write(word)
      await done
      for (const { buffer } of pieces) memory.add(buffer)
    }
    expect(memory.size).toBe(1)
  })

  test('answers on the same connection, and knows its caller', async () => {
    const { accepted, caller } = await connection()
    const { socket } = receive(accepted, () => undefined)
    opened.push(socket)
    expect([socket.remoteAddress, socket.remotePort]).toEqual([caller.localAddress, caller.localPort])
    socket.end('answer')
    expect(await text(caller)).toBe('answer')
  })

  test('leaves what comes after it was released to whoever reads the socket', async () => {
    const { accepted, caller } = await connection()
    const { take, done } = reader('first')
    const { socket, release } = receive(accepted, take)
    opened.push(socket)
    caller.write('first')
    await done
    release()
    caller.end('second'.repeat(100_000))
    expect(await text(socket)).toBe('second'.repeat(100_000))
  })

  test('reads what has no handle of Node under it as any stream', async () => {
    const [here, there] = duplexPair()
    const { take, done } = reader('first')
    const { socket, release } = receive(here as Socket, take)
    expect(socket).toBe(here)
    there.write('first')
    await done
    release()
    there.end('second')
    expect(await text(socket)).toBe('second')
  })
})
