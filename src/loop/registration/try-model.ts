import type { GraphTensor, GraphValue, Trial } from '#model'
import { isFailure, type Digest, type Workspace } from '#platform'
import { exampleFeeds } from '#serving'
import { fail } from '../failures.ts'
import { checkSignature } from './check-signature.ts'
import type { GatheredModel } from './gather-model.ts'

/** What a graph takes and gives, once it was loaded and answered its example. Plain JSON. */
export interface TriedModel {
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
}

/**
 * Loads a model, holds it against its signature, and runs the example of its inputs.
 * @throws {Failure} `model/unreadable` for operators that the runtime does not know and files that are none,
 *   `model/unsupportedType`, `model/trialEnded`, `loop/wrongSignature`, `loop/badExample`
 */
export async function tryModel(
  workspace: Workspace,
  gathered: GatheredModel,
  { trial, digest }: { readonly trial: Trial; readonly digest: Digest },
): Promise<TriedModel> {
  const session = await trial.open(workspace.blobs.pathOf(digest))
  const { inputs, outputs } = session
  checkSignature({ inputs, outputs, signature: gathered.model })
  if (gathered.example === null) return { inputs, outputs }
  const feeds = feedsOf(await workspace.blobs.read(gathered.example), inputs)
  const wanted = outputs.map(({ name }) => name)
  const found = await session.run(feeds, wanted).catch((error: unknown) => {
    throw isFailure(error) && error.code === 'model/runFailed' ? wrong(error.message) : error
  })
  for (const name of wanted) holdFinite(name, found[name] as GraphTensor)
  return { inputs, outputs }
}

function feedsOf(example: Buffer, inputs: readonly GraphValue[]): ReturnType<typeof exampleFeeds> {
  try {
    return exampleFeeds(example, inputs)
  } catch (error) {
    throw isFailure(error) ? wrong(error.message) : error
  }
}

function holdFinite(name: string, { type, data }: GraphTensor): void {
  if (type !== 'float32' && type !== 'float64') return
  const value = (data as Float32Array).find((one) => !Number.isFinite(one))
  if (value !== undefined) throw wrong(`the output '${name}' has ${value} for it`)
}

const wrong = (state: string) => fail('badExample', `Cannot answer the model's own input example: ${state}`)
