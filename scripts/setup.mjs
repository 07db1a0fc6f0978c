// Runs on whatever Node the machine has (20 or newer) and npm alone: it brings the Node and the packages of the lock file.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'

export const root = resolve(import.meta.dirname, '..')
const binaries = join(root, 'node_modules', '.bin')

/**
 * The environment in which `node` is the one that the lock file names.
 * @type {NodeJS.ProcessEnv}
 */
export const environment = { ...process.env, PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}` }

/** Keeps what the engine makes of sources for the processes that start after: tests start hundreds of them. */
export function keepCompiled() {
  environment['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules', '.cache', 'compiled')
}

/** Installs the packages of the lock file unless they are there already. */
export function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.millrace-installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  stage('Installing packages', () => run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']))
  writeFileSync(stamp, wanted)
}

/** Compiles the sources unless the compiled ones are newer. */
export function build() {
  const stamp = join(root, 'dist', '.millrace-built')
  const newest = Math.max(
    ...['src', 'cli', 'sdk', 'package.json', 'tsconfig.build.json'].map((name) => newestIn(join(root, name))),
  )
  if (existsSync(stamp) && statSync(stamp).mtimeMs > newest) return
  stage('Compiling', () => run(join(binaries, 'tsc'), ['-p', 'tsconfig.build.json']))
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(stamp, '')
}

/** Runs a command of the project to its end; a failure ends this process with its exit code. */
export function run(/** @type {string} */ command, /** @type {string[]} */ parameters) {
  const done = spawnSync(command, parameters, { cwd: root, env: environment, stdio: 'inherit' })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

/** Hands this process over to a command: signals go to it, and its exit code comes back. */
export function become(/** @type {string} */ command, /** @type {string[]} */ parameters) {
  const child = spawn(command, parameters, { cwd: process.env['INIT_CWD'] ?? root, env: environment, stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}

/** Says what begins, and how long it took. */
export function stage(/** @type {string} */ name, /** @type {() => void} */ work) {
  const start = performance.now()
  process.stdout.write(`› ${name} …\n`)
  work()
  process.stdout.write(`✔ ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`)
}

/** @type {(path: string) => number} */
function newestIn(path) {
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(
    0,
    ...readdirSync(path)
      .filter((name) => name !== 'node_modules')
      .map((name) => newestIn(join(path, name))),
  )
}
