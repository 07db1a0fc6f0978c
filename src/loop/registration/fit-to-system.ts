import type { Dataset } from '#dataset'
import { foreignInterfaceSchema, readSignature, type Signature, type Trial } from '#model'
import { isFailure, type Digest, type Workspace } from '#platform'
import { columnsOf } from './check-signature.ts'
import type { GatheredModel } from './gather-model.ts'
import type { TriedModel } from './try-model.ts'

/**
 * Makes a model one of the system: it takes the columns of the dataset and gives the system's answers. One that a system of
 * the same columns and classes trained is taken as it is.
 * @returns the digest of that
 * @throws {Failure} `model/unfitInput`, `model/unfitOutput` that say what differs
 */
export async function fitToSystem(
  workspace: Workspace,
  { inputs, task, classes }: Dataset,
  options: {
    readonly gathered: GatheredModel
    readonly tried: TriedModel
    readonly digest: Digest
    readonly trial: Trial
  },
): Promise<Digest> {
  const { gathered, tried, digest, trial } = options
  const { blobs } = workspace
  const signature = { task, classes, inputs }
  if (await isOfSystem(workspace, digest, signature)) return digest
  const columns = columnsOf(tried.inputs, gathered.model.inputs)
  const known = foreignInterfaceSchema.parse({ inputs: columns ? { [tried.inputs[0]?.name as string]: columns } : {} })
  const to = blobs.scratchPath('onnx')
  await trial.adapt({ path: blobs.pathOf(digest), signature, known, to })
  return blobs.adopt(to)
}

/** Whether a model says itself that it takes and gives what is wanted. */
async function isOfSystem(workspace: Workspace, digest: Digest, wanted: Signature): Promise<boolean> {
  try {
    const { task, classes, inputs } = readSignature(await workspace.blobs.read(digest))
    return (
      task === wanted.task &&
      JSON.stringify(classes) === JSON.stringify(wanted.classes) &&
      inputs.every((input) => wanted.inputs.some(({ name, type }) => name === input.name && type === input.type))
    )
  } catch (error) {
    if (isFailure(error)) return false
    throw error
  }
}
