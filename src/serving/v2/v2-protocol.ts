import type { Protocol } from '#platform'
import { answerV2, failureAnswer, v2Addresses, v2Permission, type V2Answer, type V2Options } from './answer-v2.ts'

/** The Open Inference Protocol over HTTP, for the complete server. */
export function v2Protocol(options: V2Options): Protocol {
  return {
    paths: ['/v2', '/v2/*'],
    permission: v2Permission,
    addresses: v2Addresses(),
    answer: async ({ method, target, headers, body }) =>
      protocolAnswer(await answerV2({ method, path: target.split('?')[0] as string, headers, body }, options)),
    refuse: (failure) => protocolAnswer(failureAnswer(failure)),
  }
}

function protocolAnswer({ status, contentType, body, headerLength, retryAfter }: V2Answer) {
  return {
    status,
    contentType,
    body,
    headers: {
      ...(headerLength === undefined ? {} : { 'inference-header-content-length': String(headerLength) }),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
  }
}
