// `npm start`: a fresh clone to a live system in one command.
import { join } from 'node:path'
import process from 'node:process'
import { become, build, install, root } from './setup.mjs'

install()
build()
become('node', [join(root, 'dist', 'cli', 'main.js'), 'demo', ...process.argv.slice(2)])
