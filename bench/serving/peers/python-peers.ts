import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchContext } from '../../bench-shape.ts'
import { pythonEnvironment } from '../../peers/python-environment.ts'
import { ask } from '../ask.ts'
import { fixedRows } from '../fixed-rows.ts'
import type { ServedModel } from '../models.ts'
import { openInference } from '../open-inference.ts'
import { freePort, startServerProcess } from '../server-process.ts'
import type { Endpoint, NotRun, ServerUnderTest, StartedServer } from '../server-under-test.ts'

/** A Python server: the packages that it needs, the script beside this file that starts it, and how it is asked. */
interface PythonPeer {
  readonly name: string
  readonly packages: readonly string[]
  /** Of these the versions are told. */
  readonly tells: readonly string[]
  readonly script: string
  readonly speaks: (model: ServedModel) => Omit<Endpoint, 'port'>
}

/** The other servers of ONNX files, each tuned as its documentation advises for two processors. */
export function pythonPeers(context: BenchContext): readonly ServerUnderTest[] {
  return peers.map((peer) => ({ name: peer.name, start: (model) => start(peer, { model, context }) }))
}

const onnxruntime = 'onnxruntime==1.30.0'

const speaksOpenInference = (model: ServedModel): Omit<Endpoint, 'port'> => ({
  path: '/v2/models/model/infer',
  ...openInference(model),
})

const headers = { 'content-type': 'application/json' }

const peers: readonly PythonPeer[] = [
  {
    name: 'FastAPI',
    packages: ['fastapi>=0.115,<1', 'uvicorn[standard]>=0.34,<1', onnxruntime, 'numpy>=2', 'orjson>=3.10'],
    tells: ['fastapi', 'uvicorn'],
    script: 'serve_fastapi.py',
    speaks: speaksOpenInference,
  },
  {
    name: 'MLServer',
    // Its workers look for an event loop that later versions of uvloop no longer make.
    packages: ['mlserver>=1.7,<2', 'uvloop<0.22', onnxruntime],
    tells: ['mlserver'],
    script: 'serve_mlserver.py',
    speaks: speaksOpenInference,
  },
  {
    name: 'BentoML',
    packages: ['bentoml>=1.4,<2', onnxruntime],
    tells: ['bentoml'],
    script: 'serve_bentoml.py',
    speaks: () => ({
      path: '/predict',
      headers,
      body: (rows) => JSON.stringify({ x: rows }),
      parse: (answer) => (JSON.parse(answer) as number[][]).flat(),
    }),
  },
  {
    name: 'Ray Serve',
    packages: ['ray[serve,haproxy]>=2.56,<3', onnxruntime, 'orjson>=3.10'],
    tells: ['ray'],
    script: 'serve_ray.py',
    speaks: speaksOpenInference,
  },
  {
    name: 'MLflow',
    packages: ['mlflow>=3,<4', 'onnx>=1.17', 'uvicorn[standard]>=0.34,<1', onnxruntime],
    tells: ['mlflow'],
    script: 'serve_mlflow.py',
    speaks: () => ({
      path: '/invocations',
      headers,
      body: (rows) => JSON.stringify({ inputs: { x: rows } }),
      parse: (answer) => (JSON.parse(answer) as { predictions: { y: number[][] } }).predictions.y.flat(),
    }),
  },
]

async function start(
  peer: PythonPeer,
  { model, context }: { readonly model: ServedModel; readonly context: BenchContext },
): Promise<StartedServer | NotRun> {
  const environment = await pythonEnvironment(peer.packages, context)
  if ('skipped' in environment) return { notRun: environment.skipped }
  const folder = await mkdtemp(join(tmpdir(), 'millrace-peer-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const file = join(folder, 'model.onnx')
  await writeFile(file, model.onnx)
  const endpoint = { port: await freePort(), ...peer.speaks(model) }
  const server = await startServerProcess({
    command: environment.python,
    parameters: [join(scripts, peer.script), file, String(endpoint.port)],
    cwd: folder,
    env: {
      ...oneThread,
      PYTHONPATH: scripts,
      PYTHONDONTWRITEBYTECODE: '1',
      PATH: `${dirname(environment.python)}${delimiter}${process.env['PATH'] ?? ''}`,
    },
    isReady: async () => (await ask(endpoint, fixedRows(model, 1))).length > 0,
  })
  if ('notRun' in server) {
    await remove()
    return server
  }
  const stop = (): Promise<void> => server.stop().then(remove)
  const versions = await versionsOf(environment.python, ['onnxruntime', ...peer.tells])
  return { ...endpoint, pid: server.pid, stop, versions }
}

async function versionsOf(python: string, names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const code = 'import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))'
  const { stdout } = await promisify(execFile)(python, ['-c', code, ...names])
  return JSON.parse(stdout) as Record<string, string>
}

const scripts = dirname(fileURLToPath(import.meta.url))
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
