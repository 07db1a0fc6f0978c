import { createServer } from 'node:net'
import { listenFailure } from '#platform'

/**
 * Sees that ports are free: one that is shared would silently be shared with another Millrace too.
 * @throws {Failure} `http/portInUse`, `http/cannotListen`
 */
export async function holdFree(at: {
  readonly host: string
  readonly port: number
  readonly grpcPort: number | undefined
}): Promise<void> {
  for (const port of [at.port, at.grpcPort ?? 0]) {
    if (port === 0) continue
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenFailure({ host: at.host, port }, error)))
      server.listen({ host: at.host, port }, () => server.close(() => resolve()))
    })
  }
}
