import type { Digest, Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { ModelHost } from '../engine/model-host.ts'
import { knownOf } from '../engine/residents.ts'
import type { Resident } from '../engine/open-resident.ts'
import type { PredictionLog } from '../prediction-log/open-prediction-log.ts'
import { noSuchModel } from './no-such-model.ts'
import { keyOf, openCatalogue, type Catalogue } from './catalogue.ts'
import { deleteModel, putModel, setLoaded, type ModelFile } from './store.ts'

/** Model files that are served as they are, by name. */
export interface FileModels {
  readonly catalogue: Catalogue
  /** The model of a file, where it is open. */
  peek(file: ModelFile): Resident | undefined
  /** The model of a file; it is opened where it is not. @throws {Failure} `model/unreadable` and others */
  open(file: ModelFile): Promise<Resident>
  /** The file that answers. @throws {Failure} `serving/unknownModel` */
  fileOf(name: string, version?: string): Promise<ModelFile>
  /**
   * Takes a file into the store and serves it, once it could be opened; others in this process keep the old one until then.
   * @throws {Failure} `serving/badInput` for a name or version that is none, `model/unreadable`, `model/unsupportedType`
   */
  put(name: string, file: { readonly version: string; readonly bytes: Uint8Array }): Promise<void>
  /** Serves a file that the store holds already, as {@link FileModels.put} does. */
  putStored(name: string, file: { readonly version: string; readonly digest: Digest }): Promise<void>
  /** Forgets a file: it is no longer served. One that is not there is gone already. */
  remove(name: string, version: string): Promise<void>
  /**
   * Serves what is kept of a model again, or no longer.
   * @throws {Failure} `serving/unknownModel`, and what keeps its newest version from being opened: then nothing changes
   */
  setLoaded(name: string, isLoaded: boolean): Promise<void>
  /** Opens what serves, the newest first, while there is room and time: `untilMs` of `performance.now()`. */
  warm(untilMs: number): Promise<void>
  /** Follows the store: what is to take over is opened and warm before it does. */
  follow(): Promise<void>
  close(): Promise<void>
}

export interface FileModelsOptions {
  readonly workspace: Workspace
  /** Where requests are kept; nowhere where null. */
  readonly log: PredictionLog | null
  readonly host: ModelHost
  /** How long a version that was replaced stays open, so that going back to it takes no time. */
  readonly keepWarmMs: number
}

export async function openFileModels(options: FileModelsOptions): Promise<FileModels> {
  const { workspace, log, host } = options
  const catalogue = openCatalogue(workspace)
  const retiring = new Map<string, NodeJS.Timeout>()
  const open = async (file: ModelFile): Promise<Resident> => {
    await workspace.blobs.bringHere([file.digest])
    return host.open({
      key: keyOf(file),
      path: workspace.blobs.pathOf(file.digest),
      sizeBytes: file.sizeBytes,
      known: file.known,
      model: file.name,
      version: String(file.version),
      ...(log ? { keep: (lines) => log.appendLines(`model/${file.name}`, lines) } : {}),
    })
  }
  let following: Promise<void> = Promise.resolve()
  /** What was there before this process is opened by {@link FileModels.warm}, or when it is asked for. */
  let hasStarted = false
  const followNow = async (): Promise<void> => {
    const pending = await catalogue.read()
    const staying = new Map<string, ModelFile>()
    for (const [name, file] of pending.current) {
      const serving = catalogue.find(name)
      if (!hasStarted || (serving && keyOf(serving) === keyOf(file))) continue
      try {
        await open(file)
      } catch (error) {
        // One that cannot be opened does not take over: the old one goes on, and all others follow.
        workspace.log.error({ err: error, model: name, version: file.version }, 'open a model that is to take over')
        if (serving) staying.set(name, serving)
      }
    }
    const before = catalogue.list().filter((file) => file.isLoaded)
    const served = before.filter(isCurrent)
    pending.follow(staying)
    for (const file of before) if (!isCurrent(file) && (served.includes(file) || !isKept(file))) retire(file)
    hasStarted = true
  }
  const isCurrent = (file: ModelFile): boolean => isSame(catalogue.find(file.name), file)
  const isKept = (file: ModelFile): boolean => isSame(catalogue.find(file.name, String(file.version)), file)
  const retire = (file: ModelFile): void => {
    const key = keyOf(file)
    clearTimeout(retiring.get(key))
    const timer = setTimeout(() => {
      retiring.delete(key)
      if (!isCurrent(file)) void host.drop(key)
    }, options.keepWarmMs)
    retiring.set(key, timer.unref())
  }
  /** One that has not begun will see what is there now: all who ask meanwhile share it. */
  let next: Promise<void> | undefined
  const follow = (): Promise<void> =>
    (next ??= following = following
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return followNow()
      }))
  const warm = async (untilMs: number): Promise<void> => {
    const served = catalogue.list().filter((file) => file.isLoaded && isCurrent(file))
    for (const file of served.sort((one, other) => other.changedMs - one.changedMs)) {
      if (performance.now() > untilMs || !host.hasRoom(file.sizeBytes)) return
      // Whoever asks for one that cannot be opened is told why.
      await open(file).catch(() => undefined)
    }
  }
  const fileOf = async (name: string, version?: string): Promise<ModelFile> => {
    const known = catalogue.find(name, version)
    if (known) return known
    await follow()
    const found = catalogue.find(name, version)
    if (found) return found
    throw await noSuchModel(workspace, name, version)
  }
  const putStored: FileModels['putStored'] = async (name, { version, digest }) => {
    checkName(name, version)
    const file = {
      name,
      version: Number(version),
      digest,
      sizeBytes: await workspace.blobs.sizeBytes(digest),
      isLoaded: true,
      known: null,
      changedMs: workspace.clock.now(),
    }
    const resident = await open(file)
    await putModel(workspace.database, { ...file, known: knownOf(resident) })
    await follow()
  }
  await follow()
  return {
    catalogue,
    peek: (file) => host.peek(keyOf(file)),
    open,
    fileOf,
    put: async (name, { version, bytes }) => {
      checkName(name, version)
      await putStored(name, { version, digest: await workspace.blobs.put(bytes) })
    },
    putStored,
    remove: async (name, version) => {
      const gone = catalogue.find(name, version)
      await deleteModel(workspace.database, { name, version: Number(version) })
      await follow()
      if (gone) await host.drop(keyOf(gone))
    },
    setLoaded: async (name, isLoaded) => {
      if (isLoaded) {
        await follow()
        // It has to be what can be opened, or nothing changes.
        const newest = catalogue.list(name).at(-1)
        if (newest) await open(newest)
      }
      const count = await setLoaded(workspace.database, { name, isLoaded, atMs: workspace.clock.now() })
      if (count === 0) throw fail('unknownModel', `Request for unknown model: '${name}' is not found`)
      await follow()
      if (!isLoaded) for (const file of catalogue.list(name)) await host.drop(keyOf(file))
    },
    warm,
    follow,
    close: async () => {
      for (const timer of retiring.values()) clearTimeout(timer)
      await following.catch(() => undefined)
    },
  }
}

const isSame = (one: ModelFile | undefined, other: ModelFile): boolean =>
  one !== undefined && keyOf(one) === keyOf(other)

function checkName(name: string, version: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name))
    throw fail(
      'badInput',
      `Cannot load '${name.slice(0, 40)}': expected a name of letters, digits, '.', '_' and '-', at most 128`,
    )
  if (!/^[1-9]\d{0,8}$/.test(version))
    throw fail('badInput', `Cannot load version '${version}' of '${name}': expected a whole number from 1 up`)
}
