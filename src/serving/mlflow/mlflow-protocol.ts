import type { Protocol, ProtocolAnswer } from '#platform'
import { fail } from '../failures.ts'
import type { Inference } from '../inference/schema.ts'
import { answerInvocations, answerPing, answerVersion } from './answer-invocations.ts'
import { mlflowError } from './mlflow-error.ts'

/** MLflow's scoring protocol. The model is named in the address, or is the only one that is served. */
export function mlflowProtocol({
  inference,
  version,
}: {
  readonly inference: Inference
  readonly version: string
}): Protocol {
  return {
    paths: ['/invocations', '/ping', '/health', '/version', '/models/:model/invocations'],
    permission: 'prediction:make',
    answer: async ({ method, target, headers, body }): Promise<ProtocolAnswer> => {
      try {
        const { pathname, searchParams } = new URL(target, 'http://millrace')
        if (pathname === '/ping' || pathname === '/health') return await answerPing(inference)
        if (pathname === '/version') return answerVersion(version)
        if (method !== 'POST')
          return { ...mlflowError(fail('badInput', `Cannot answer ${method} ${pathname}: it takes POST`)), status: 405 }
        const named = /^\/models\/([^/]+)\/invocations$/.exec(pathname)?.[1]
        const model =
          named === undefined ? (searchParams.get('model') ?? (await onlyModel(inference))) : decodeURIComponent(named)
        const contentType = headers['content-type'] ?? ''
        return await answerInvocations({ inference, model, contentType, body })
      } catch (error) {
        return mlflowError(error)
      }
    },
    refuse: mlflowError,
  }
}

/** @throws {Failure} `serving/unknownModel` where there is none, or not one alone */
async function onlyModel(inference: Inference): Promise<string> {
  const names = [...new Set((await inference.index({ readyOnly: true })).map(({ name }) => name))]
  if (names.length === 1) return names[0] as string
  const state = names.length === 0 ? 'no model is served' : `${names.length} models are served`
  throw fail('unknownModel', `Cannot answer /invocations: ${state}`, {
    remedy: 'Name the model in the address: /models/NAME/invocations, or ?model=NAME',
  })
}
