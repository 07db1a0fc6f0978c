/** What a program that trains is, as the system file says it. */
export interface TrainingProgram {
  /** Program and arguments; of Python what comes behind the interpreter. */
  readonly command: readonly string[]
  /** Packages of Python, one a line as pip takes them; null for a program that is no Python. */
  readonly requirements: readonly string[] | null
  /** SHA-256 of files of the program when the system was applied, by path. */
  readonly files: Readonly<Record<string, string>>
  /** Names of variables of the environment that are passed on besides the usual ones. */
  readonly environment: readonly string[]
  readonly threads: number
  readonly memoryMb: number
  readonly outputMb: number
  /** Time that it may take, in milliseconds. */
  readonly timeoutMs: number
}

/** Where programs run, and with what. */
export interface ProgramSettings {
  /** Folder of their environments and of their work. */
  readonly folder: string
  /** The Python that environments are made of, a name or path. */
  readonly python: string
  /** Variables that every program gets. */
  readonly variables: Readonly<Record<string, string>>
  /** Reads variables of the environment that a system names; those that are not set are left out. */
  readonly variablesOf: (names: readonly string[]) => Readonly<Record<string, string>>
  /** Whether systems may run programs at all. */
  readonly allowed: boolean
}
