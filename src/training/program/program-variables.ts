import type { ProgramSettings, TrainingProgram } from './schema.ts'

/** What a program is told by its environment beside its files. */
export interface ToldValues {
  readonly files: {
    readonly train: string
    readonly validation: string
    readonly description: string
    readonly parameters: string
    readonly output: string
    readonly temporary: string
  }
  /** A whole number from 0 on, below 2³¹. */
  readonly seed: number
  /** Moment at which it is asked to end, as ISO text. */
  readonly deadline: string
  /** Where its run is kept; null where no client can write to it. */
  readonly tracking: { readonly uri: string; readonly token: string; readonly runId: string } | null
}

/** The whole environment of a program that trains: nothing of the server's own is in it that is not named. */
export function programVariables(
  settings: ProgramSettings,
  spec: TrainingProgram,
  { files, seed, deadline, tracking }: ToldValues,
): Readonly<Record<string, string>> {
  const threads = String(spec.threads)
  return {
    ...settings.variables,
    ...settings.variablesOf(spec.environment),
    TMPDIR: files.temporary,
    MILLRACE_TRAIN_DATA: files.train,
    MILLRACE_VALIDATION_DATA: files.validation,
    MILLRACE_DESCRIPTION: files.description,
    MILLRACE_PARAMETERS: files.parameters,
    MILLRACE_OUTPUT: files.output,
    MILLRACE_SEED: String(seed),
    MILLRACE_DEADLINE: deadline,
    MILLRACE_THREADS: threads,
    ...Object.fromEntries(threadVariables.map((name) => [name, threads])),
    PYTHONHASHSEED: String(seed),
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    ...(tracking && {
      MLFLOW_TRACKING_URI: tracking.uri,
      MLFLOW_TRACKING_TOKEN: tracking.token,
      MLFLOW_RUN_ID: tracking.runId,
      // It is on this machine, whatever proxies there are.
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
    }),
  }
}

/** How libraries are told how many threads they may use. */
const threadVariables = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'RAYON_NUM_THREADS',
]
