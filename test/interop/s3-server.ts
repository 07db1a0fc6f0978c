import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'

/** A real S3 server of its own, which forgets all when it is closed. */
export interface S3Server {
  readonly endpoint: string
  /** Asks it from outside, such as for '/models/key'. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** Keys in a bucket that begin so. */
  keys(bucket: string, prefix?: string): Promise<readonly string[]>
  close(): void
}

/** Whom the servers of the tests take for anybody. */
export const s3Account = { accessKeyId: 'key', secretAccessKey: 'secret', region: 'us-east-1' }

/** Starts an S3 server. @param python with the packages of `clients/requirements-s3.txt` */
export async function openS3Server(python: string): Promise<S3Server> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const client = new AwsClient({ ...s3Account, service: 's3', retries: 0 })
  const server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const ask: S3Server['ask'] = (path, init) => client.fetch(`${endpoint}${path}`, init)
  for (let attempt = 0; !(await ask('/').catch(() => undefined))?.ok; attempt++) {
    if (attempt > 300) throw new Error('The S3 server did not start')
    await wait(100)
  }
  return {
    endpoint,
    ask,
    keys: async (bucket, prefix = '') => {
      const text = await (await ask(`/${bucket}?list-type=2&prefix=${encodeURIComponent(prefix)}`)).text()
      return Array.from(text.matchAll(/<Key>([^<]+)<\/Key>/g), ([, key]) => key as string)
    },
    close: () => void server.kill(),
  }
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
