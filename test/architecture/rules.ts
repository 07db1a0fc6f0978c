import { readFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** A source file of the product, by its path from the root. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** Every TypeScript source under `src` and `cli`, tests left out. */
export function sources(): readonly Source[] {
  return globSync('{src,cli}/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts') && !path.includes('/fixtures/'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** A rule of the house: gives the places that break it. */
export interface Rule {
  readonly name: string
  readonly broken: (source: Source) => readonly string[]
}

const code = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '')
const component = (path: string): string => path.split('/')[1] ?? ''
const matches = (source: Source, pattern: RegExp): string[] =>
  [...code(source.text).matchAll(pattern)].map((match) => `${source.path}: ${match[0]}`)

/** The rules that no linter knows. */
export const rules: readonly Rule[] = [
  {
    name: 'the environment is read in platform/config alone',
    broken: (source) => (source.path === 'src/platform/config.ts' ? [] : matches(source, /process\.env/g)),
  },
  {
    name: 'time, randomness and ids come through arguments outside platform',
    broken: (source) =>
      component(source.path) === 'platform'
        ? []
        : matches(source, /Date\.now|new Date\(\)|Math\.random|randomUUID|randomBytes/g),
  },
  {
    name: "Node's HTTP comes from platform/http/node-http, without what an import of it would load",
    broken: (source) => matches(source, /^import (?!type )[^']*'node:http'/gm),
  },
  {
    name: 'facts are queried in store and migrations alone',
    broken: (source) =>
      component(source.path) === 'platform' || /\/(store|migrations)(\.ts|[-/])|-store\.ts$/.test(source.path)
        ? []
        : matches(source, /\.(selectFrom|insertInto|updateTable|deleteFrom)\(/g),
  },
  {
    name: 'a component touches its own tables alone',
    broken: (source) =>
      component(source.path) === 'platform'
        ? []
        : [
            ...code(source.text).matchAll(
              /\.(?:selectFrom|insertInto|updateTable|deleteFrom|createTable|innerJoin|leftJoin)\(\s*'(\w+)/g,
            ),
          ]
            .filter((match) => !(match[1] as string).startsWith(`${component(source.path)}_`))
            .filter((match) => !(brought[component(source.path)] ?? []).includes(match[1] as string))
            .map((match) => `${source.path}: ${match[1]}`),
  },
]

/** Tables that a component's library brings, as far as the component reads them itself. */
const brought: Readonly<Record<string, readonly string[]>> = { orchestration: ['step_attempts'] }
