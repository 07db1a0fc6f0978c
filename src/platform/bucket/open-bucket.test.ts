import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openBucket } from './open-bucket.ts'

const account = { bucket: 'b', region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'secret' }

test('an object is read whole by who reads it late, though the server has ended the connection', async () => {
  const bytes = Buffer.alloc(65_536, 'object')
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`)
      socket.end(bytes)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const ended = new Promise((resolve) => server.on('connection', (socket) => socket.on('finish', resolve)))
  try {
    const { port } = server.address() as AddressInfo
    const read = await openBucket({ ...account, endpoint: `http://127.0.0.1:${port}` }).read('key')
    await ended
    for (let turn = 0; turn < 1000; turn++) await setImmediate()
    expect(read && (await buffer(read)).equals(bytes)).toBe(true)
  } finally {
    server.close()
  }
})
