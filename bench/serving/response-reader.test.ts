import { expect, test } from 'vitest'
import { ResponseReader } from './response-reader.ts'

const answers = [
  ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200],
  ['with an empty body', 'HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n', 503],
  [
    'in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0\r\n\r\n5678901234\r\r\n0\r\n\r\n',
    200,
  ],
  ['whose body looks like a head', 'HTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\na\r\n\r\nb\r\n', 201],
] as const

test.each(answers)('ResponseReader knows the end of an answer %s, in one piece or byte by byte', (_, text, status) => {
  const reader = new ResponseReader()
  const bytes = Buffer.from(text, 'latin1')
  expect(reader.push(bytes)).toBe(status)
  const singly = Array.from(bytes, (_, place) => reader.push(bytes.subarray(place, place + 1)))
  expect(singly.filter((found) => found !== null)).toEqual([status])
  expect(singly.at(-1)).toBe(status)
})
