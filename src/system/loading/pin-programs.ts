import { readFile, realpath, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { fileDigest, messageOf } from '#platform'
import { fail } from '../failures.ts'
import type { CandidateSpec, SystemSpec } from '../schema.ts'
import { parseSystem } from '../validation/parse-system.ts'
import { candidateName } from '../validation/vocabulary.ts'

/**
 * The same system with the files of its programs as they are now: their digests, and the lines of files of requirements.
 * So another script is another system, which `plan` shows and a training holds.
 * @throws {Failure} `system/missingFile` for a script or file of requirements that is not there, `system/invalid`
 */
export async function pinPrograms(spec: SystemSpec, baseFolder: string): Promise<SystemSpec> {
  if (spec.candidates.every(({ program }) => !program)) return spec
  const candidates = await Promise.all(spec.candidates.map((candidate) => pinned(candidate, baseFolder)))
  return parseSystem({ ...spec, candidates })
}

async function pinned(candidate: CandidateSpec, baseFolder: string): Promise<CandidateSpec> {
  const { program, kind } = candidate
  if (!program) return candidate
  const { command, requirements } = program
  const missing = (path: string) =>
    fail(
      'missingFile',
      `Cannot read the program of '${candidateName(candidate)}': there is no file ${path} beside the system file`,
      { details: { file: path }, remedy: 'Correct its path, which starts from the folder of the system file' },
    )
  const needed = new Set([...Object.keys(program.files), ...(kind === 'python' ? command.slice(0, 1) : [])])
  const files: Record<string, string> = {}
  for (const path of [...command, ...needed]) {
    const file = await fileWithin(baseFolder, path)
    if (file !== undefined) files[path] = await fileDigest(file)
    else if (needed.has(path)) throw missing(path)
  }
  if (typeof requirements !== 'string') return { ...candidate, program: { ...program, files } }
  const file = await fileWithin(baseFolder, requirements)
  if (file === undefined) throw missing(requirements)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw fail('missingFile', `Cannot read ${requirements}: ${messageOf(cause)}`, { cause })
  })
  return { ...candidate, program: { ...program, files, requirements: requirementLines(text) } }
}

/** The lines of a file of requirements that say something; those that go on are joined. */
const requirementLines = (text: string): string[] =>
  text
    .replaceAll(/\s*\\\r?\n\s*/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')

/** A plain path to a file that stands in the folder or below, links followed. */
async function fileWithin(folder: string, path: string): Promise<string | undefined> {
  try {
    const [base, file] = [await realpath(folder), await realpath(resolve(folder, path))]
    return file.startsWith(`${base}${sep}`) && (await stat(file)).isFile() ? file : undefined
  } catch {
    return undefined
  }
}
