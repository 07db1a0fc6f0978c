import { createServer, type Server } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import { answerInvocations, answerPing, answerVersion, listenGrpc } from '#serving'
import { openOnnxInference } from '../../src/serving/fixtures/onnx-inference.ts'
import { protocolModels } from '../../src/serving/fixtures/protocol-models.ts'

/** Addresses `host:port` of a server of the models of the protocol tests. */
export interface InteropServer {
  readonly grpc: string
  /** The Open Inference Protocol over HTTP; undefined where it is not served. */
  readonly http: string | undefined
  /** MLflow's scoring protocol for one model. */
  scoring(model: string): Promise<string>
  close(): Promise<void>
}

/** Serves the models that the clients expect. */
export async function openInteropServer(): Promise<InteropServer> {
  const inference = await openOnnxInference(protocolModels())
  const grpc = await listenGrpc({ inference, host: '127.0.0.1', port: 0, maxBytes: 16_000_000, version: '0.0.0' })
  const scorers: Server[] = []
  return {
    grpc: `127.0.0.1:${grpc.port}`,
    http: undefined,
    scoring: async (model) => {
      const server = createServer(async (request, response) => {
        const contentType = request.headers['content-type']
        const answer =
          request.url === '/invocations'
            ? await answerInvocations({ inference, model, contentType, body: await buffer(request) })
            : request.url === '/version'
              ? answerVersion('0.0.0')
              : await answerPing(inference)
        response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body)
      })
      scorers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    close: async () => {
      for (const server of scorers) server.close()
      await grpc.close()
      await inference.release()
    },
  }
}
