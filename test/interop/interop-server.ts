import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp } from '#app'
import { createToken, type TokenOrder } from '#governance'
import { readConfig } from '#platform'
import { protocolModels } from '../../src/serving/fixtures/protocol-models.ts'

/** Addresses `host:port` of a server of the models that the clients expect. */
export interface InteropServer {
  readonly http: string
  readonly grpc: string
  /** Texts of tokens: of an operator bound to the project 'team-a', and of one bound to none. */
  readonly tokens: { readonly bound: string; readonly free: string }
  close(): Promise<void>
}

/**
 * A whole Millrace, as clients meet it.
 * @param models it serves by every protocol, loaded as its clients load them; those of the protocol tests where absent
 */
export async function openInteropServer(models = protocolModels()): Promise<InteropServer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-interop-'))
  const app = await openApp({ folder, config: readConfig({ MILLRACE_WEBHOOK_ADDRESSES: 'any' }) })
  const { host, port, grpcPort } = await app.listen({ host: '127.0.0.1', port: 0, grpcPort: 0 })
  for (const [name, versions] of Object.entries(models))
    for (const [version, bytes] of Object.entries(versions)) {
      const content = Buffer.from(bytes).toString('base64')
      const answer = await fetch(`http://${host}:${port}/v2/repository/models/${name}/load`, {
        method: 'POST',
        body: JSON.stringify({ parameters: { [`file:${version}/model.onnx`]: content } }),
      })
      if (!answer.ok) throw new Error(`Cannot load '${name}': ${await answer.text()}`)
    }
  const make = async (order: Pick<TokenOrder, 'name' | 'project'>): Promise<string> =>
    (await createToken(app.workspace, { ...order, role: 'operator', by: 'a test' })).text
  return {
    tokens: { bound: await make({ name: 'bound', project: 'team-a' }), free: await make({ name: 'free' }) },
    http: `${host}:${port}`,
    grpc: `${host}:${grpcPort}`,
    close: async () => {
      await app.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
