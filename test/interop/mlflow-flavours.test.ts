import { afterAll, beforeAll } from 'vitest'
import { describeClients } from './describe-clients.ts'
import { openInteropServer, type InteropServer } from './interop-server.ts'
import { openPython } from './python-client.ts'

const python = await openPython('requirements-flavours.txt')
let server: InteropServer
beforeAll(async () => {
  if (python !== undefined) server = await openInteropServer({})
})
afterAll(() => server?.close())

describeClients(python, [
  {
    client: "MLflow's flavours",
    script: () => ['mlflow_flavours', server.http],
    checks: {
      logs_scikit_learn_by_itself: 'log what scikit-learn trains by themselves',
      keeps_scikit_learn_models: 'log and register models of scikit-learn, and load them',
      logs_lightgbm_by_itself: 'log what LightGBM trains by themselves',
      keeps_lightgbm_models: 'log and register models of LightGBM, and load them',
      logs_xgboost_by_itself: 'log what XGBoost trains by themselves',
      keeps_xgboost_models: 'log and register models of XGBoost, and load them',
      keeps_onnx_models: 'log and register models of ONNX with files beside the graph, and load them',
    },
  },
])
