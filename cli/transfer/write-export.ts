import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { storageFailure } from '#platform'
import { usageFailure } from '../usage-failure.ts'
import { held } from './artifact-address.ts'
import {
  artifactFile,
  form,
  formVersion,
  lineFiles,
  type LineFile,
  type ListedFile,
  type Manifest,
} from './export-folder.ts'

/** A folder that an experiment is written into. */
export interface ExportWriter {
  add(file: LineFile, value: object): Promise<void>
  /** Keeps the bytes of a file, where the folder has not got them yet. @returns whether they were read */
  keep(file: ListedFile, open: () => Promise<AsyncIterable<Uint8Array>>): Promise<boolean>
  /** Ends it: only now it is an export. */
  finish(experiment: Manifest['experiment']): Promise<Manifest>
  /** Lets it go as it is: it can be written again. */
  abandon(): Promise<void>
}

/**
 * Opens a folder to write an experiment into it: a new or empty one, or one of the same experiment, be it half written.
 * @throws {Failure} `cli/wontOverwrite`, `platform/notWritable`
 */
export async function openExport(folder: string, experiment: string): Promise<ExportWriter> {
  await mkdir(join(folder, 'artifacts'), { recursive: true }).catch((error: unknown) => {
    throw storageFailure(`write to '${folder}'`, error)
  })
  await holdOwn(folder, experiment)
  const manifestFile = join(folder, 'export.json')
  const write = async (value: object): Promise<void> => {
    await writeFile(`${manifestFile}.part`, `${JSON.stringify(value, null, 2)}\n`)
    await rename(`${manifestFile}.part`, manifestFile)
  }
  await write({ form, version: formVersion, complete: false, experiment: { name: experiment } })
  const outputs = Object.fromEntries(lineFiles.map((name) => [name, openLines(join(folder, name))])) as Record<
    LineFile,
    Lines
  >
  const endAll = () => Promise.all(lineFiles.map((name) => outputs[name].end()))
  return {
    add: (file, value) => outputs[file].add(JSON.stringify(value)),
    keep: async (file, open) => {
      const path = artifactFile(folder, file.digest)
      if ((await stat(path).catch(() => undefined))?.size === file.sizeBytes) return false
      await mkdir(dirname(path), { recursive: true })
      const what = `'${file.path}'`
      await pipeline(held(await open(), { digest: file.digest, what }), createWriteStream(`${path}.part`))
      await rename(`${path}.part`, path)
      return true
    },
    finish: async (about) => {
      const ended = await endAll()
      const files = Object.fromEntries(lineFiles.map((name, place) => [name, ended[place]])) as Manifest['files']
      const manifest: Manifest = { form, version: formVersion, complete: true, experiment: about, files }
      await write(manifest)
      return manifest
    },
    abandon: async () => {
      await endAll()
    },
  }
}

interface Lines {
  add(line: string): Promise<void>
  end(): Promise<{ lines: number; digest: string }>
}

function openLines(path: string): Lines {
  const stream = createWriteStream(path)
  const hash = createHash('sha256')
  let lines = 0
  let failed: unknown
  stream.on('error', (error) => (failed = error))
  const check = (): void => {
    if (failed !== undefined) throw storageFailure(`write to '${path}'`, failed)
  }
  return {
    add: async (line) => {
      check()
      const bytes = Buffer.from(`${line}\n`)
      hash.update(bytes)
      lines++
      await new Promise<void>((resolve) => stream.write(bytes, () => resolve()))
      check()
    },
    end: async () => {
      if (!stream.closed) {
        stream.end()
        await once(stream, 'close').catch(() => undefined)
      }
      check()
      return { lines, digest: hash.digest('hex') }
    },
  }
}

/** @throws {Failure} `cli/wontOverwrite` where a folder holds something else */
async function holdOwn(folder: string, experiment: string): Promise<void> {
  const others = (await readdir(folder)).filter((name) => name !== 'artifacts')
  const text = await readFile(join(folder, 'export.json'), 'utf8').catch(() => undefined)
  if (text === undefined) {
    if (others.length > 0)
      throw usageFailure(
        'wontOverwrite',
        `Cannot write to '${folder}': it is not empty, and no export of an experiment`,
        {
          remedy: 'Name a folder that is empty, or not there yet',
        },
      )
    return
  }
  let held: string | undefined
  try {
    held = (JSON.parse(text) as { experiment?: { name?: string } }).experiment?.name
  } catch {
    held = undefined
  }
  if (held !== experiment)
    throw usageFailure('wontOverwrite', `Cannot write to '${folder}': it holds an export of '${String(held)}'`, {
      remedy: 'Name another folder',
    })
  await rm(join(folder, 'export.json.part'), { force: true })
}
