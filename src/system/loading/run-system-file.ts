import { fork } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { Failure } from '#platform'
import { fail } from '../failures.ts'
import type { SystemSpec } from '../schema.ts'
import { deepFreeze } from '../validation/deep-freeze.ts'
import type { SystemFileAnswer } from './system-file-answer.ts'

/**
 * Runs a TypeScript or JavaScript file in a process of its own and returns the system that it exports. Each call reads
 * the file anew, whatever it does stays in its process, and what it prints goes to standard error.
 * @param file absolute path
 * @throws {Failure} `system/syntax`, `system/fileThrew`, `system/noDefaultExport`, `system/invalid`
 */
export async function runSystemFile(file: string): Promise<SystemSpec> {
  const answer = await answerOf(file)
  if (answer.kind === 'spec') return deepFreeze(answer.spec)
  if (answer.kind === 'failure') {
    const { code, message, details, ...entry } = answer.failure
    throw new Failure(code, message, { details, entry: { ...entry, means: message } })
  }
  const { line, message } = answer
  const where = line === null ? file : `${file}:${line}`
  if (answer.kind === 'noDefault')
    throw fail('noDefaultExport', `Cannot read the system file: ${file} has no default export`, { details: { file } })
  throw fail(answer.kind, `Cannot read the system file: ${where}: ${message}`, { details: { file, line } })
}

function answerOf(file: string): Promise<SystemFileAnswer> {
  const source = import.meta.url.endsWith('.ts')
  const child = fork(
    new URL(`./system-file-process.${source ? 'ts' : 'js'}`, import.meta.url),
    [pathToFileURL(file).href],
    {
      execArgv: ['--disable-warning=ExperimentalWarning', ...(source ? ['--conditions=source'] : [])],
      stdio: ['ignore', 2, 2, 'ipc'],
    },
  )
  const ended = (message: string): SystemFileAnswer => ({ kind: 'fileThrew', line: null, message })
  const { promise, resolve } = Promise.withResolvers<SystemFileAnswer>()
  const timer = setTimeout(() => resolve(ended(`it did not end within ${limitMs / 1000} s`)), limitMs)
  child.once('message', (answer) => resolve(answer as SystemFileAnswer))
  child.once('error', (error) => resolve(ended(error.message)))
  // Comes after the last message.
  child.once('disconnect', () => resolve(ended('it ended its own process')))
  return promise.finally(() => {
    clearTimeout(timer)
    child.kill('SIGKILL')
  })
}

/** A declaration takes milliseconds; this only ends files that wait for something for ever. */
const limitMs = 30_000
