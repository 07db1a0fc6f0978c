// `npm run test:mlflow -- FOLDER`: MLflow's own tests of its REST protocol, from a checkout of its sources, against this server.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { pythonEnvironment } from '../../../bench/peers/python-environment.ts'

const [folder, ...options] = process.argv.slice(2)
const files = ['test_rest_tracking.py', 'test_model_registry.py', 'test_client_webhooks.py']
const root = resolve(import.meta.dirname, '../../..')
if (folder === undefined || !existsSync(join(folder, 'tests', 'tracking', files[0] as string))) {
  process.stderr.write(
    'Cannot run the tests of MLflow: name a folder with its sources, of the version in test/interop/mlflow-own/run.ts\n',
  )
  process.exit(2)
}
const sources = resolve(folder)
const environment = await pythonEnvironment(['mlflow==3.17.2', 'pytest==9.2.0'], {
  log: (line) => process.stderr.write(`${line}\n`),
})
if ('skipped' in environment) {
  process.stderr.write(`Cannot run the tests of MLflow: ${environment.skipped}\n`)
  process.exit(1)
}
// What the tests of clients leave where they run.
const scratch = mkdtempSync(join(tmpdir(), 'millrace-mlflow-own-'))
const done = spawnSync(
  environment.python,
  // Neither the settings nor the fixtures of MLflow's whole suite, which ask for all that it is tested with.
  `-m pytest -p own_server -p no:cacheprovider -c /dev/null --noconftest --import-mode=importlib -q -rfE --tb=short`
    .split(' ')
    .concat('--rootdir', sources, options)
    .concat(files.map((file) => join(sources, 'tests', 'tracking', file))),
  {
    stdio: 'inherit',
    cwd: scratch,
    env: {
      ...process.env,
      NO_PROXY: '127.0.0.1,localhost',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: import.meta.dirname,
      MLFLOW_SOURCES: sources,
      MILLRACE_SERVER: JSON.stringify([process.execPath, join(root, 'dist', 'cli', 'main.js'), 'up']),
      MILLRACE_SERVING_PROCESSES: '0',
    },
  },
)
rmSync(scratch, { recursive: true })
process.exitCode = done.status ?? 1
