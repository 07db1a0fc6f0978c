#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Cannot start Millrace: it needs Node 22.18 or newer, this is ${process.versions.node}. In a project, 'npm install --save-dev node@24' brings one that npx then uses\n`,
  )
  process.exit(1)
}
const { main } = await import('./program.ts')
process.exitCode = await main(process.argv)
