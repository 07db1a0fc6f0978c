import { writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { adaptModel, readSignature, type Signature } from '#model'
import { iso, isFailure, seededRandom, sliceRows, systemClock, systemIds, type Lake } from '#platform'
import { fail } from '../failures.ts'
import { learnableData } from '../learnable-data.ts'
import type { TrainedCandidate, TrainingData } from '../schema.ts'
import { takeTrainingRows } from '../training-rows.ts'
import { validationLoss } from '../tune/validation-loss.ts'
import { validationSplit } from '../tune/validation-split.ts'
import { checkAnswers } from './check-answers.ts'
import type { ProgramEnd } from './guard-messages.ts'
import { holdFiles } from './hold-files.ts'
import { holdProgram } from './hold-program.ts'
import { lastLines } from './last-lines.ts'
import { programVariables, type ToldValues } from './program-variables.ts'
import { pythonEnvironment } from './python-environment.ts'
import { readOutput } from './read-output.ts'
import { runGuarded } from './run-guarded.ts'
import type { ProgramSettings, TrainingProgram } from './schema.ts'
import { openWorkFolder } from './work-folder.ts'
import { writeRows, type ColumnNames } from './write-rows.ts'

/** What is ordered from a program. */
export interface ProgramOrder {
  /** The candidate's kind: 'python' or 'command'. */
  readonly kind: string
  readonly system: string
  /** The candidate's name. */
  readonly name: string
  readonly program: TrainingProgram
  readonly params: Readonly<Record<string, unknown>>
  readonly seed: number | string
  /** Folder of the system file: the program starts there. */
  readonly baseFolder: string
  readonly names: ColumnNames
}

/** What a program's training is watched, stopped and recorded with. */
export interface ProgramWatch {
  readonly signal: AbortSignal
  readonly onProgress?: ((share: number, text: string) => void) | undefined
  /** Where its run is kept. */
  readonly tracking: ToldValues['tracking']
  /** Keeps a file that it made, also where training fails: its log above all. */
  readonly keepFile: (path: string, file: string) => Promise<void>
  /** Keeps metrics that it measured itself. */
  readonly keepMetrics: (metrics: Readonly<Record<string, number>>) => Promise<void>
}

/**
 * Trains a candidate by a program of others: writes the rows to files, runs the program within its limits, and makes the
 * one standard form of the ONNX file that it leaves.
 * @throws {Failure} `training/…`: all that can go wrong with data, environments, programs and what they leave
 */
export async function trainProgram(
  {
    settings,
    lake,
    workFolder,
  }: { readonly settings: ProgramSettings; readonly lake: Lake; readonly workFolder: string },
  data: TrainingData,
  { order, watch }: { readonly order: ProgramOrder; readonly watch: ProgramWatch },
): Promise<TrainedCandidate> {
  const { program, baseFolder } = order
  const attempt = `Cannot train '${order.name}'`
  const startMs = systemClock.now()
  await holdProgram(settings, order)
  await holdFiles(program.files, { baseFolder, attempt })
  const { data: learnable, warnings } = learnableData({ kind: order.kind, tasks: [data.task] }, data)
  const environment =
    program.requirements &&
    (await pythonEnvironment(settings, {
      requirements: program.requirements,
      signal: watch.signal,
      variables: settings.variablesOf(program.environment),
      tell: (text) => watch.onProgress?.(0, text),
    }))
  const work = await openWorkFolder(workFolder, systemIds(systemClock))
  try {
    const files = await layOut(work.path)
    if (environment) await keepText(files.packages, environment.packages, watch)
    const random = seededRandom(order.seed)
    const parts = await writeData(lake, learnable, {
      order,
      files,
      split: validationSplit(learnable, random.fork('split')),
    })
    const end = await runGuarded(
      {
        command: environment ? [environment.python, ...program.command] : program.command,
        folder: baseFolder,
        variables: programVariables(settings, program, {
          files,
          seed: random.fork('program').int(2 ** 31),
          deadline: iso(systemClock.now() + program.timeoutMs),
          tracking: watch.tracking,
        }),
        logFile: files.log,
        timeMs: program.timeoutMs,
        graceMs,
        memoryBytes: program.memoryMb * 1_048_576,
        output: { folder: files.output, maxBytes: program.outputMb * 1_048_576 },
      },
      { signal: watch.signal, onLine: (line) => tellProgress(line, watch) },
    ).finally(() => watch.keepFile('train.log', files.log).catch(() => undefined))
    holdEnd(end, { attempt, program, signal: watch.signal })
    const made = await readModel(files.output, { learnable, judged: parts.judged, attempt, watch })
    return {
      kind: order.kind,
      onnx: new Uint8Array(made.onnx),
      signature: readSignature(made.onnx),
      facts: {
        'validation rows': parts.judged.table.rowCount,
        ...(made.loss === null ? {} : { 'validation loss': made.loss }),
        'peak memory MB': Math.ceil(end.peakBytes / 1_048_576),
      },
      warnings,
      importance: [],
      params: order.params,
      seed: order.seed,
      rows: learnable.table.rowCount,
      seconds: (systemClock.now() - startMs) / 1000,
      cpuMs: end.cpuMs,
    }
  } finally {
    await work.remove()
  }
}

interface Layout {
  readonly train: string
  readonly validation: string
  readonly description: string
  readonly parameters: string
  readonly output: string
  readonly temporary: string
  readonly log: string
  readonly packages: string
}

async function layOut(folder: string): Promise<Layout> {
  const at = (name: string): string => join(folder, name)
  await mkdir(at('output'))
  await mkdir(at('temporary'))
  await writeFile(at('train.log'), '')
  return {
    train: at('train.parquet'),
    validation: at('validation.parquet'),
    description: at('description.json'),
    parameters: at('parameters.json'),
    output: at('output'),
    temporary: at('temporary'),
    log: at('train.log'),
    packages: at('packages.txt'),
  }
}

async function writeData(
  lake: Lake,
  data: TrainingData,
  {
    order,
    files,
    split,
  }: { readonly order: ProgramOrder; readonly files: Layout; readonly split: ReturnType<typeof validationSplit> },
): Promise<{ readonly judged: TrainingData }> {
  // In their own order, which is that of time where the dataset has one.
  const [learned, judged] = [split.learn.toSorted(), split.judge].map((places) => takeTrainingRows(data, places)) as [
    TrainingData,
    TrainingData,
  ]
  const names = fileNames(order.names, data)
  await writeRows(lake, learned, { file: files.train, names })
  await writeRows(lake, judged, { file: files.validation, names })
  const { target, inputs, task } = data
  const description = {
    system: order.system,
    candidate: order.name,
    task,
    features: inputs,
    target: { name: names.target, ...(target.kind === 'classes' && { classes: target.classes }) },
    time: data.times ? (order.names.time ?? null) : null,
    weight: data.weights ? (order.names.weight ?? null) : null,
    rows: { train: learned.table.rowCount, validation: judged.table.rowCount },
  }
  await writeFile(files.description, JSON.stringify(description, null, 2))
  await writeFile(files.parameters, JSON.stringify(order.params, null, 2))
  return { judged }
}

/** An input can be the moment or the weight as well: then it has one column. */
function fileNames({ target, time, weight }: ColumnNames, { inputs }: TrainingData): ColumnNames {
  const own = (name: string | null): string | null => (inputs.some((input) => input.name === name) ? null : name)
  return { target, time: own(time), weight: own(weight) }
}

function tellProgress(line: string, { onProgress }: ProgramWatch): void {
  const [, share, text = ''] = /^::progress\s+(\S+)\s*(.*)$/.exec(line) ?? []
  const found = Number(share)
  if (share !== undefined && found >= 0 && found <= 1) onProgress?.(found, text)
}

function holdEnd(
  end: ProgramEnd,
  {
    attempt,
    program,
    signal,
  }: { readonly attempt: string; readonly program: TrainingProgram; readonly signal: AbortSignal },
): void {
  signal.throwIfAborted()
  const said = `its last lines are:\n${lastLines(end.tail)}`
  if (end.notStarted !== null)
    throw fail('programFailed', `${attempt}: '${program.command[0]}' could not be started (${end.notStarted})`)
  if (end.stopped === 'deadline')
    throw fail('overtime', `${attempt}: it did not end within ${program.timeoutMs / 1000} s; ${said}`)
  if (end.stopped === 'memory')
    throw fail('outOfMemory', `${attempt}: its processes took more than ${program.memoryMb} MB; ${said}`)
  if (end.stopped === 'output')
    throw fail('badOutput', `${attempt}: it wrote more than ${program.outputMb} MB to its output folder`)
  if (end.code !== 0)
    throw fail('programFailed', `${attempt}: its program ended with ${end.signal ?? `code ${end.code}`}; ${said}`, {
      details: { code: end.code, signal: end.signal },
    })
}

async function readModel(
  folder: string,
  options: {
    readonly learnable: TrainingData
    readonly judged: TrainingData
    readonly attempt: string
    readonly watch: ProgramWatch
  },
): Promise<{ readonly onnx: Uint8Array; readonly loss: number | null }> {
  const { learnable, judged, attempt, watch } = options
  const output = await readOutput(folder, attempt)
  for (const file of output.files) await watch.keepFile(file, join(folder, file))
  await watch.keepMetrics(output.metrics)
  const signature: Signature = {
    task: learnable.task,
    inputs: learnable.inputs,
    classes: learnable.target.kind === 'classes' ? learnable.target.classes : [],
  }
  try {
    const onnx = adaptModel(output.onnx, { signature, known: output.known, readExternal: output.readExternal })
    const rows = judged.table.rowCount > 0 ? judged : learnable
    const some = Math.min(rows.table.rowCount, mostChecked)
    const scores = await checkAnswers(onnx, sliceRows(rows.table, 0, some), attempt)
    return { onnx, loss: some < rows.table.rowCount ? null : validationLoss(rows, scores) }
  } catch (error) {
    if (isFailure(error) && error.code.startsWith('model/'))
      throw fail('badModel', `${attempt}: ${error.message}`, { cause: error, remedy: error.remedy })
    throw error
  }
}

async function keepText(file: string, text: string, { keepFile }: ProgramWatch): Promise<void> {
  await writeFile(file, text)
  await keepFile('packages.txt', file)
}

const graceMs = 5000
/** Rows that a model is tried on: what fails on none of them is judged on others before it serves. */
const mostChecked = 50_000
