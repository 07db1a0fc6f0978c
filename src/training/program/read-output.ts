import { lstat, readdir, readFile } from 'node:fs/promises'
import { openSync, closeSync, fstatSync, readSync, constants } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { foreignInterfaceSchema, type ForeignInterface, type ReadExternal } from '#model'
import { messageOf } from '#platform'
import { fail } from '../failures.ts'

/** What a program left in its output folder. */
export interface ProgramOutput {
  readonly onnx: Uint8Array
  readonly known: ForeignInterface
  readonly readExternal: ReadExternal
  readonly metrics: Readonly<Record<string, number>>
  /** Other files, by their path from the folder. */
  readonly files: readonly string[]
}

/**
 * Reads what a program left: the model, its metrics, what the model does not say of itself, and which other files there
 * are. Only plain files count: a link could lead anywhere.
 * @param attempt the start of the message of an error
 * @throws {Failure} `training/noModel`, `training/badOutput`
 */
export async function readOutput(folder: string, attempt: string): Promise<ProgramOutput> {
  const paths = await plainFiles(folder, attempt)
  if (!paths.includes('model.onnx'))
    throw fail('noModel', `${attempt}: it left no model.onnx; it left ${paths.slice(0, 10).join(', ') || 'nothing'}`)
  const json = async <T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    if (!paths.includes(name)) return undefined
    try {
      return schema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : messageOf(error)
      throw fail('badOutput', `${attempt}: its ${name} cannot be read: ${why}`, { cause: error })
    }
  }
  const outer = new Set<string>(own)
  return {
    onnx: await readFile(join(folder, 'model.onnx')),
    known: (await json('interface.json', foreignInterfaceSchema)) ?? foreignInterfaceSchema.parse({}),
    metrics: (await json('metrics.json', metricsSchema)) ?? {},
    readExternal: (at) => {
      if (!paths.includes(at.location))
        throw fail(
          'badOutput',
          `${attempt}: its model.onnx keeps numbers in '${at.location}', which is no file beside it`,
        )
      outer.add(at.location)
      return readPart(join(folder, at.location), { ...at, attempt })
    },
    get files() {
      return paths.filter((path) => !outer.has(path))
    },
  }
}

const own = ['model.onnx', 'interface.json', 'metrics.json']
const metricsSchema = z.record(z.string().min(1).max(250), z.number())

async function plainFiles(folder: string, attempt: string): Promise<readonly string[]> {
  const paths: string[] = []
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) await walk(path)
      else if (entry.isFile() && (await lstat(join(folder, path))).nlink === 1) paths.push(path)
      if (paths.length > mostFiles) throw fail('badOutput', `${attempt}: it left more than ${mostFiles} files`)
    }
  }
  await walk('')
  return paths.sort()
}

const mostFiles = 1000

/** Some bytes of a file. */
function readPart(
  path: string,
  {
    offset,
    length,
    attempt,
  }: { readonly offset: number; readonly length: number | undefined; readonly attempt: string },
): Uint8Array {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const size = fstatSync(descriptor).size
    const wanted = length ?? size - offset
    const isThere = Number.isSafeInteger(offset) && Number.isSafeInteger(wanted) && offset >= 0 && wanted >= 0
    if (!isThere || offset + wanted > size)
      throw fail('badOutput', `${attempt}: its model.onnx asks for bytes that the file beside it does not have`)
    const bytes = Buffer.alloc(wanted)
    readSync(descriptor, bytes, 0, wanted, offset)
    return bytes
  } finally {
    closeSync(descriptor)
  }
}
