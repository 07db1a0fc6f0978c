import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { components, mayImport } from '../../architecture.mjs'

const root = resolve(import.meta.dirname, '../..')
const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

describe('the table of components', () => {
  test('names exactly the folders under src', () => {
    expect(folders.sort()).toEqual([...components].sort())
  })

  test.each(components)('%s lists only components above itself', (name) => {
    const above = components.slice(0, components.indexOf(name))
    expect((mayImport[name] as string[]).filter((other) => !above.includes(other))).toEqual([])
  })

  test.each(components)('%s has a front door that says what it is for', (name) => {
    const door = join(root, 'src', name, 'index.ts')
    expect(existsSync(door)).toBe(true)
    expect(execFileSync('head', ['-c', '3', door], { encoding: 'utf8' })).toBe('/**')
  })
})

describe('the linter', () => {
  const tree = mkdtempSync(join(tmpdir(), 'millrace-lint-'))
  for (const name of ['architecture.mjs', 'oxlint.config.ts']) cpSync(join(root, name), join(tree, name))
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  afterAll(() => rmSync(tree, { recursive: true, force: true }))

  const lint = (file: string, source: string) => {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), source)
    const done = spawnSync(join(root, 'node_modules/.bin/oxlint'), [file], { cwd: tree, encoding: 'utf8' })
    rmSync(join(tree, file))
    return { code: done.status, text: done.stdout + done.stderr }
  }

  test.each([
    ['a downstream import', "import { x } from '#loop'\nexport const y = x\n", 'may import only'],
    ['a downstream type import', "import type { x } from '#serving'\nexport type Y = x\n", 'may import only'],
    [
      'a relative path into another component',
      "import { x } from '../serving/index.ts'\nexport const y = x\n",
      'Name the component',
    ],
    [
      'an import of what is composed of it',
      "import { x } from '../../cli/main.ts'\nexport const y = x\n",
      'knows nothing',
    ],
  ])('refuses %s', (_, source, message) => {
    const found = lint('src/training/planted.ts', source)
    expect(found.text).toContain(message)
    expect(found.code).toBe(1)
  })

  test('accepts an import that the table lists', () => {
    expect(lint('src/training/planted.ts', "import { x } from '#model'\nexport const y = x\n").code).toBe(0)
  })
})
