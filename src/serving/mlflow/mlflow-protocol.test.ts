import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openOnnxInference } from '../fixtures/onnx-inference.ts'
import { columnsModel, rowSumModel } from '../fixtures/protocol-models.ts'
import { mlflowProtocol } from './mlflow-protocol.ts'

let one: Awaited<ReturnType<typeof openOnnxInference>>
let two: typeof one
beforeAll(async () => {
  const rowSum = { 1: rowSumModel(3) }
  one = await openOnnxInference({ row_sum: rowSum })
  two = await openOnnxInference({ row_sum: rowSum, columns: { 1: columnsModel(), 2: columnsModel() } })
})
afterAll(async () => {
  await one.release()
  await two.release()
})

const ask = async (inference: typeof one, method: string, target: string) => {
  const protocol = mlflowProtocol({ inference, version: '1.2.3' })
  const body = Buffer.from(method === 'POST' ? '{"inputs": [[1, 2, 3]]}' : '')
  const { status, body: answered } = await protocol.answer({
    method,
    target,
    headers: { 'content-type': 'application/json' },
    body,
    actor: { id: 'local', role: 'admin', project: null },
  })
  return [status, answered]
}

describe('mlflowProtocol()', () => {
  test.each([
    ['POST', '/invocations', 200, '{"predictions": {"sum": [[6.0]]}}'],
    ['GET', '/ping', 200, '\n'],
    ['GET', '/health', 200, '\n'],
    ['GET', '/version', 200, '1.2.3'],
    ['GET', '/invocations', 405, expect.stringContaining('it takes POST')],
    ['POST', '/models/../invocations', 404, expect.stringContaining('RESOURCE_DOES_NOT_EXIST')],
    ['POST', '/models/%2e%2e/invocations', 404, expect.stringContaining('RESOURCE_DOES_NOT_EXIST')],
    ['POST', '/invocations?version=7', 404, expect.stringContaining('RESOURCE_DOES_NOT_EXIST')],
  ])('of a server of one model answers %s %s', async (method, target, ...answer) => {
    expect(await ask(one, method, target)).toEqual(answer)
  })

  test.each([
    ['POST', '/invocations', 404, expect.stringContaining('has 2 models, and the request names none')],
    ['POST', '/invocations?model=row_sum', 200, '{"predictions": {"sum": [[6.0]]}}'],
    ['POST', '/models/row_sum/invocations', 200, '{"predictions": {"sum": [[6.0]]}}'],
    ['POST', '/models/columns/invocations', 400, expect.stringContaining("'inputs' is one tensor")],
    ['POST', '/models/columns/invocations?version=2', 400, expect.stringContaining("'inputs' is one tensor")],
    ['POST', '/models/nobody/invocations', 404, expect.stringContaining('RESOURCE_DOES_NOT_EXIST')],
    ['POST', '/models/..%2Frow_sum/invocations', 404, expect.stringContaining('RESOURCE_DOES_NOT_EXIST')],
    ['POST', '/models/%ff/invocations', 400, expect.stringContaining('is not encoded as addresses are')],
    ['GET', '/models/columns/ping', 200, '\n'],
    ['GET', '/models/nobody/ping', 404, expect.stringContaining('RESOURCE_DOES_NOT_EXIST')],
    ['GET', '/models/columns/version', 200, '1.2.3'],
    ['GET', '/models/columns', 404, expect.stringContaining('nothing is there')],
  ])('of a server of several answers %s %s', async (method, target, status, body) => {
    expect(await ask(two, method, target)).toEqual([status, body])
  })
})
