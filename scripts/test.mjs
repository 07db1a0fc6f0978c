// `npm test`: types, lint, boundaries, and every test, on a fresh clone.
import process from 'node:process'
import { build, install, keepCompiled, run, stage } from './setup.mjs'

install()
stage('Types', () => run('tsc', ['-p', '.']))
stage('Lint', () => run('oxlint', ['--type-aware', '--deny-warnings']))
stage('Format', () => run('oxfmt', ['--check']))
stage('Dead code', () => run('knip', []))
build()
keepCompiled()
stage('Tests', () => run('vitest', ['run', ...process.argv.slice(2)]))
