// `npm start`: a fresh clone to a live system in one command.
import { join } from 'node:path'
import process from 'node:process'
import { become, build, install, root } from './setup.mjs'

install()
build()
// Most of what a rehearsal makes dies young: a larger nursery spares half of the garbage collection.
become('node', ['--max-semi-space-size=64', join(root, 'dist', 'cli', 'main.js'), 'demo', ...process.argv.slice(2)])
