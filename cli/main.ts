#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Cannot start Millrace: it needs Node 22.18 or newer, this is ${process.versions.node}. In a project, 'npm install --save-dev node@24' brings one that npx then uses\n`,
  )
  process.exit(1)
}
// What the engine makes of the built sources is kept beside them for the next start: who may write there may change them too.
if (import.meta.url.endsWith('.js')) {
  const { enableCompileCache } = await import('node:module')
  enableCompileCache(fileURLToPath(new URL('../.compiled', import.meta.url)))
}
const { main } = await import('./program.ts')
process.exitCode = await main(process.argv)
