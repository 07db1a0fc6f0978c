// `npm run test:postgres`: the tests of whatever keeps facts, on a PostgreSQL that is made for them and thrown away.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { postgresTests } from './postgres-tests.mjs'
import { environment, install, keepCompiled, root } from './setup.mjs'

const binaries = binariesFolder()
if (binaries === undefined) {
  const why = 'PostgreSQL is not installed: its initdb is neither on the path nor in /usr/lib/postgresql'
  if ((process.env['MILLRACE_REQUIRE'] ?? '').split(',').includes('postgres')) throw new Error(why)
  process.stdout.write(`Skipped: ${why}\n`)
  process.exit(0)
}
install()
keepCompiled()
const folder = mkdtempSync(join(tmpdir(), 'millrace-postgres-'))
// PostgreSQL refuses to run as root.
const owner = process.getuid?.() === 0 ? (ownerOf('postgres') ?? ownerOf('nobody')) : undefined
if (owner) chownSync(folder, owner.uid, owner.gid)
const data = join(folder, 'data')
execFileSync(
  join(binaries, 'initdb'),
  // Another order of texts than that of their bytes, so that tests see where the store's own would be missing.
  [
    '-D',
    data,
    '-U',
    'millrace',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--locale-provider=icu',
    '--icu-locale=en-US',
    '--no-sync',
  ],
  { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
)
// One user needs a password.
const rules = join(data, 'pg_hba.conf')
writeFileSync(rules, `host all guarded 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, 'utf8')}`)
const port = await freePort()
const quick = [
  'fsync=off',
  'full_page_writes=off',
  'autovacuum=off',
  'max_connections=60',
  'log_min_messages=panic',
  'log_checkpoints=off',
]
const server = spawn(
  join(binaries, 'postgres'),
  ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', '', ...quick.flatMap((setting) => ['-c', setting])],
  { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
)
let code = 1
try {
  const address = `postgres://millrace@127.0.0.1:${port}/postgres`
  await ready(address)
  process.stdout.write(`› Tests on PostgreSQL …\n`)
  const given = process.argv.slice(2)
  const run = spawn('vitest', ['run', ...(given.length > 0 ? given : postgresTests)], {
    cwd: root,
    env: { ...environment, MILLRACE_TEST_DATABASE: address },
    stdio: 'inherit',
  })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => run.kill(signal))
  code = await new Promise((resolve) => run.on('exit', (status) => resolve(status ?? 1)))
} finally {
  server.kill('SIGINT')
  if (server.exitCode === null) await new Promise((resolve) => server.on('exit', resolve))
  rmSync(folder, { recursive: true, force: true })
}
process.exit(code)

/** Where initdb and the server stand; Debian keeps them off the path. */
function binariesFolder() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]
  return folders.find((name) => ['initdb', 'postgres'].every((binary) => existsSync(join(name, binary))))
}

/** @type {(user: string) => { uid: number, gid: number } | undefined} */
function ownerOf(user) {
  try {
    const [uid, gid] = ['-u', '-g'].map((what) =>
      Number(execFileSync('id', [what, user], { stdio: ['ignore', 'pipe', 'ignore'] })),
    )
    return { uid: Number(uid), gid: Number(gid) }
  } catch {
    return undefined
  }
}

/** @returns {Promise<number>} */
function freePort() {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}

/** Waits until the server answers. @type {(address: string) => Promise<void>} */
async function ready(address) {
  const { default: postgres } = await import('postgres')
  for (let attempt = 0; ; attempt++) {
    const sql = postgres(address, { max: 1, onnotice: () => undefined })
    try {
      await sql`select 1`
      return
    } catch (error) {
      if (attempt === 100 || server.exitCode !== null) throw error
      await wait(100)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }
}
