import type { Workspace } from '#platform'
import { readModels, type ModelFile } from './store.ts'

/** The model files of the store as this process knows them. */
export interface Catalogue {
  /** The newest loaded version where none is named; nothing where there is no such model, or it is not loaded. */
  find(name: string, version?: string): ModelFile | undefined
  /** Every file of a model, or of all. */
  list(name?: string): readonly ModelFile[]
  /** Reads the store again. @returns a function that makes this process follow what was read */
  read(): Promise<PendingCatalogue>
}

/** What the store says now, not yet followed. */
export interface PendingCatalogue {
  /** What would serve each name. */
  readonly current: ReadonlyMap<string, ModelFile>
  /** @param staying what goes on serving its name, whatever the store says */
  follow(staying: ReadonlyMap<string, ModelFile>): void
}

/** Identity of a file while it is served: another content under the same name and version is another one. */
export const keyOf = ({ name, version, digest }: ModelFile): string => `${name}/${version}@${digest.slice(0, 12)}`

export function openCatalogue(workspace: Workspace): Catalogue {
  let files: readonly ModelFile[] = []
  let current: ReadonlyMap<string, ModelFile> = new Map()
  let byVersion: ReadonlyMap<string, ModelFile> = new Map()
  return {
    find: (name, version) => (version === undefined ? current.get(name) : byVersion.get(`${name}/${version}`)),
    list: (name) => (name === undefined ? files : files.filter((file) => file.name === name)),
    read: async () => {
      const found = await readModels(workspace.database)
      const loaded = found.filter(({ isLoaded }) => isLoaded)
      // They stand in the order of their versions: the last of a name stays.
      const next = new Map(loaded.map((file) => [file.name, file]))
      return {
        current: next,
        follow: (staying) => {
          files = found
          current = new Map([...next, ...staying])
          byVersion = new Map(loaded.map((file) => [`${file.name}/${file.version}`, file]))
        },
      }
    },
  }
}
