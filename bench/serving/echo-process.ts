import { createServer } from 'node:http'

// node echo-process.ts PORT
const server = createServer((request, response) => {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    const body = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1')
