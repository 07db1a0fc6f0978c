import type { Duration } from '#platform'
import type { SystemInput } from '../schema.ts'
import type { CandidateOptions } from './candidates.ts'

type CandidateInput = SystemInput['candidates'][number]

/** What every candidate that a program trains may say. */
export interface ProgramOptions extends CandidateOptions {
  /** Values for the program, which it finds in the file that MILLRACE_PARAMETERS names. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
  /** Files that it reads beside those that its command names, such as modules: where one changes, it is another candidate. */
  readonly files?: readonly string[]
  /** Names of variables of the environment that it is given too, such as 'HTTPS_PROXY'. */
  readonly environment?: readonly string[]
  /** Threads that it is told to use (1). */
  readonly threads?: number
  /** Memory of all its processes, in megabytes, above which it is ended (4096). */
  readonly memoryMb?: number
  /** Size of what it may leave, in megabytes (1024). */
  readonly outputMb?: number
  /** Time that it may take ('1h'). */
  readonly timeout?: Duration
  /** Whether it trains in rehearsals too (true). */
  readonly rehearse?: boolean
}

/** What a candidate that Python trains may say besides. */
export interface PythonOptions extends ProgramOptions {
  /** Packages, as pip takes them, or a file of them. */
  readonly requirements?: string | readonly string[]
  /** What the script is called with. */
  readonly args?: readonly string[]
}

/**
 * A model that a Python script trains, in an environment with its own packages: scikit-learn, LightGBM, XGBoost, PyTorch
 * and whatever else ends in an ONNX file.
 * @param script path from the folder of the system file
 */
export const python = (script: string, { requirements, args = [], ...options }: PythonOptions = {}): CandidateInput =>
  program('python', [script, ...args], {
    ...options,
    requirements: typeof requirements === 'string' ? requirements : [...(requirements ?? [])],
  })

/** A model that any program trains, which is started in the folder of the system file. */
export const command = (words: readonly string[], options: ProgramOptions = {}): CandidateInput =>
  program('command', words, options)

type Program = NonNullable<CandidateInput['program']>

function program(
  kind: string,
  words: readonly string[],
  {
    name,
    parameters,
    environment,
    files = [],
    ...rest
  }: ProgramOptions & { readonly requirements?: string | string[] },
): CandidateInput {
  const set = Object.entries(rest).filter(([, value]) => value !== undefined)
  return {
    kind,
    ...(name === undefined ? {} : { name }),
    params: { ...parameters },
    program: {
      ...(Object.fromEntries(set) as Partial<Program>),
      command: [...words],
      files: Object.fromEntries(files.map((file) => [file, ''])),
      ...(environment ? { environment: [...environment] } : {}),
    },
  }
}
