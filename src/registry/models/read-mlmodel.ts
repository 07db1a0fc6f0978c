import { z } from 'zod'
import { messageOf, type Workspace } from '#platform'
import { readArtifact, type ArtifactsAt } from '#tracking'
import { fail } from '../failures.ts'

/** What a tensor or column of a model's signature is, as its client wrote it down. */
export interface SignatureEntry {
  readonly name?: string | undefined
  /** 'tensor', or the type of a column such as 'double' or 'string'. */
  readonly type: string
  /** Type of the elements of a tensor, by numpy's name. */
  readonly dtype?: string | undefined
  /** −1 where a dimension varies; absent for a column. */
  readonly shape?: readonly number[] | undefined
}

/** What the file `MLmodel` of a model of MLflow says. Nothing that it names is ever run. */
export interface MlModel {
  /** Names of the forms that the model can be loaded as: 'onnx', 'sklearn', 'python_function' … */
  readonly flavors: readonly string[]
  /** Path of the graph, from the folder of the file; null for a model without the flavour 'onnx'. */
  readonly graph: string | null
  /** Null where the client gave none. */
  readonly inputs: readonly SignatureEntry[] | null
  readonly outputs: readonly SignatureEntry[] | null
  /** Paths of the example: as a request, and as the client gave it. */
  readonly requestExample: string | null
  readonly inputExample: string | null
}

/**
 * Reads what a model says of itself.
 * @param at address of its folder
 * @returns null where no model of MLflow's is, or the address is of another store
 * @throws {Failure} `registry/badModelFile`
 */
export async function readMlModel(workspace: Workspace, at: ArtifactsAt): Promise<MlModel | null> {
  const bytes = await readArtifact(workspace, { ...at, path: 'MLmodel', maxBytes: mostBytes })
  return bytes ? await parseMlModel(bytes.toString('utf8')) : null
}

/** @throws {Failure} `registry/badModelFile` */
export async function parseMlModel(text: string): Promise<MlModel> {
  const { parse } = await import('yaml')
  const wrong = (state: string, cause?: unknown) =>
    fail('badModelFile', `Cannot read the file MLmodel: ${state}`, { cause })
  let read: unknown
  try {
    // Aliases could make a short text long without end.
    read = parse(text, { maxAliasCount: 0, logLevel: 'error' })
  } catch (error) {
    throw wrong(messageOf(error).split('\n')[0] ?? '', error)
  }
  const parsed = fileSchema.safeParse(read)
  if (!parsed.success) throw wrong(z.prettifyError(parsed.error).replaceAll('\n', ' '))
  const { flavors, signature, saved_input_example_info: example } = parsed.data
  const side = (what: 'inputs' | 'outputs'): readonly SignatureEntry[] | null => {
    const json = signature?.[what]
    if (json === undefined || json === null) return null
    const entries = z.array(entrySchema).safeParse(parseJson(json))
    if (!entries.success) throw wrong(`its signature has ${what} of another form`)
    return entries.data.map(({ name, type, 'tensor-spec': tensor }) => ({ name, type, ...tensor }))
  }
  return {
    flavors: Object.keys(flavors),
    graph: flavors['onnx'] === undefined ? null : onnxSchema.parse(flavors['onnx']).data,
    inputs: side('inputs'),
    outputs: side('outputs'),
    requestExample: example?.serving_input_path ?? null,
    inputExample: example?.artifact_path ?? null,
  }
}

/** Formats of flavours are their own matter. */
const onnxSchema = z
  .looseObject({ data: z.string().catch('model.onnx').default('model.onnx') })
  .catch({ data: 'model.onnx' })

const fileSchema = z.looseObject({
  flavors: z.record(z.string(), z.unknown()),
  signature: z.looseObject({ inputs: z.string().nullish(), outputs: z.string().nullish() }).nullish(),
  saved_input_example_info: z
    .looseObject({ artifact_path: z.string().nullish(), serving_input_path: z.string().nullish() })
    .nullish()
    .catch(null),
})

const entrySchema = z.looseObject({
  name: z.string().optional(),
  type: z.string(),
  'tensor-spec': z.looseObject({ dtype: z.string(), shape: z.array(z.number().int()) }).optional(),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One of a model with thousands of columns has less. */
const mostBytes = 4_194_304
