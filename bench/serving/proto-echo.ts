import { createServer } from 'node:http'
createServer((q, s) => {
  const chunks: Buffer[] = []
  q.on('data', (c: Buffer) => chunks.push(c))
  q.on('end', () => {
    const b = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    s.writeHead(200, { 'content-type': 'application/json', 'content-length': b.length })
    s.end(b)
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
console.log(process.pid)
