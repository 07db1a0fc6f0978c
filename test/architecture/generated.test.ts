import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const generated = ['sdk/openapi.gen.json', 'sdk/api.gen.ts', 'docs/errors.md', 'docs/metrics.md']
const tree = mkdtempSync(join(tmpdir(), 'millrace-generated-'))
afterAll(() => rmSync(tree, { recursive: true, force: true }))

const check = (folder: string) =>
  spawnSync(process.execPath, ['--conditions=source', 'scripts/generate.ts', '--check', '--into', folder], {
    cwd: root,
    encoding: 'utf8',
  })

test('the SDK and the lists of errors and metrics are what the parts declare', () => {
  const done = check(root)
  expect(done.stderr).not.toContain('Stale')
  expect(done.status).toBe(0)
})

test('and a stale one is found by name', () => {
  for (const path of generated) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    cpSync(join(root, path), join(tree, path))
  }
  appendFileSync(join(tree, 'docs/errors.md'), 'planted')
  const done = check(tree)
  expect(done.stderr).toContain('Stale: docs/errors.md')
  expect(done.status).toBe(1)
})
