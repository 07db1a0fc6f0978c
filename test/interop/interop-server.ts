import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHttpServer, listen, loopbackOnly, openWorkspace, silentLog, systemClock, systemIds } from '#platform'
import { listenGrpc, migrations, mlflowProtocols } from '#serving'
import { protocolModels } from '../../src/serving/fixtures/protocol-models.ts'
import { openModels } from '../../src/serving/open-models.ts'
import { openPredictionLog } from '../../src/serving/prediction-log/open-prediction-log.ts'
import { v2Protocol } from '../../src/serving/v2/v2-protocol.ts'

/** Addresses `host:port` of a server of the models that the clients expect. */
export interface InteropServer {
  readonly http: string
  readonly grpc: string
  close(): Promise<void>
}

/** Serves the models of the protocol tests by every protocol. */
export async function openInteropServer(): Promise<InteropServer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-interop-'))
  const clock = systemClock
  const workspace = await openWorkspace({ folder, migrations, clock, ids: systemIds(clock), log: silentLog })
  const log = await openPredictionLog(workspace)
  const models = await openModels(workspace, { log })
  const { inference } = models
  for (const [name, versions] of Object.entries(protocolModels()))
    for (const [version, bytes] of Object.entries(versions)) await inference.load(name, { file: { version, bytes } })
  const version = '0.0.0'
  const server = await createHttpServer({
    workspace,
    routes: [],
    protocols: [v2Protocol({ inference, version }), ...mlflowProtocols({ inference, version })],
    config: { MILLRACE_BODY_LIMIT_MB: 16 },
    authorise: loopbackOnly,
  })
  const at = { host: '127.0.0.1', port: 0 }
  const { port } = await listen(server, at)
  const grpc = await listenGrpc({ inference, ...at, maxBytes: 16 * 1_048_576, version })
  return {
    http: `127.0.0.1:${port}`,
    grpc: `127.0.0.1:${grpc.port}`,
    close: async () => {
      await grpc.close()
      await server.close()
      await models.close()
      await log.close()
      await workspace.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
