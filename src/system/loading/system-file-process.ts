import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isFailure, messageOf } from '#platform'
import { parseSystem } from '../validation/parse-system.ts'
import { lineOf } from './line-of.ts'
import type { SystemFileAnswer } from './system-file-answer.ts'

/** The process that runs one system file: it imports it, checks what it exports, and answers with one message. */
const url = process.argv[2] as string
const frontDoor = new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js', import.meta.url).href

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    if (specifier === 'millrace') return { url: frontDoor, shortCircuit: true }
    const resolved = nextResolve(specifier, context)
    // Without a package.json beside it Node would guess the format, and warn that it had to.
    const typescript = /\.m?ts$/.test(resolved.url) && !resolved.url.includes('/node_modules/')
    return typescript ? { ...resolved, format: 'module-typescript' } : resolved
  },
})

const message = await answer()
process.send?.(message, () => process.disconnect())

async function answer(): Promise<SystemFileAnswer> {
  try {
    const exported = (await import(url)) as Readonly<Record<string, unknown>>
    if (!('default' in exported)) return { kind: 'noDefault', line: null, message: 'no default export' }
    return { kind: 'spec', spec: parseSystem(exported['default']) }
  } catch (error) {
    if (isFailure(error)) {
      const { code, message, status, retry, remedy, details } = error
      return { kind: 'failure', failure: { code, message, status, retry, remedy, details } }
    }
    return thrown(error)
  }
}

function thrown(error: unknown): SystemFileAnswer {
  const syntax = error instanceof SyntaxError
  const message = messageOf(error)
  const line = lineOf(error, url) ?? (syntax ? parsedLine() : null)
  // A name that an import asks for and the module lacks is a SyntaxError to the machine, not to a reader.
  const kind = syntax && !/does not provide an export/.test(message) ? 'syntax' : 'fileThrew'
  return { kind, message, line }
}

/** For JavaScript the machine tells no line; the parser for TypeScript does. */
function parsedLine(): number | null {
  try {
    stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'), { sourceUrl: url })
    return null
  } catch (error) {
    return lineOf(error, url)
  }
}
