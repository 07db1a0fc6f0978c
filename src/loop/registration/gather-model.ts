import { posix } from 'node:path'
import { defaultProject } from '#governance'
import type { Trial } from '#model'
import type { Digest, Workspace } from '#platform'
import { readMlModel, type MlModel, type PendingVersion } from '#registry'
import { artifactsOf, type ArtifactFile } from '#tracking'
import { fail } from '../failures.ts'

/** The files of a model that is to be judged, and what it says of itself. Plain JSON. */
export interface GatheredModel {
  readonly model: MlModel
  readonly graph: ArtifactFile
  /** Files that tensors of the graph may be kept in, by their paths from its folder. */
  readonly beside: Readonly<Record<string, ArtifactFile>>
  /** Digest of the example of its inputs; null where there is none. */
  readonly example: Digest | null
}

/**
 * Finds the files of a version among the artifacts; none of them is opened but the one that names the others.
 * @throws {Failure} `loop/missingFiles`, `loop/tooManyFiles`, `registry/badModelFile`, `model/tooLarge`
 */
export async function gatherModel(
  workspace: Workspace,
  { uri }: Pick<PendingVersion, 'uri'>,
  { maxBytes, mostFiles = usualMostFiles }: { readonly maxBytes: number; readonly mostFiles?: number },
): Promise<GatheredModel> {
  const at = { project: defaultProject, uri }
  const model = await readMlModel(workspace, at)
  if (!model || model.graph === null) throw missing('the file MLmodel is gone')
  const files = await artifactsOf(workspace, { ...at, most: mostFiles + 1 })
  if (files.length > mostFiles)
    throw fail('tooManyFiles', `Cannot gather the model: its folder has more than ${mostFiles} files`)
  const graph = files.find(({ path }) => path === posix.normalize(model.graph as string))
  if (!graph) throw missing(`it has no file '${model.graph.slice(0, 200)}', which MLmodel names as its graph`)
  const folder = posix.dirname(graph.path)
  const beside = files.filter((file) => file !== graph && (folder === '.' || file.path.startsWith(`${folder}/`)))
  const sizeBytes = [graph, ...beside].reduce((sum, file) => sum + file.sizeBytes, 0)
  if (sizeBytes > maxBytes)
    throw fail('tooLarge', `Cannot gather the model: its files have ${sizeBytes} bytes, at most ${maxBytes} are taken`)
  const exampleAt = [model.requestExample, model.inputExample].find((path) => files.some((file) => file.path === path))
  const example = files.find(({ path }) => path === exampleAt)
  return {
    model,
    graph,
    beside: Object.fromEntries(beside.map((file) => [posix.relative(folder, file.path), file])),
    example: example && example.sizeBytes <= mostExampleBytes ? example.digest : null,
  }
}

/**
 * Makes the graph and the tensors beside it one file of the store.
 * @returns the digest of that, which is the graph's own where it keeps nothing beside itself
 * @throws {Failure} `model/unreadable`, `model/externalData`, `model/tooLarge`, `model/trialEnded`
 */
export async function packGathered(
  workspace: Workspace,
  { graph, beside }: GatheredModel,
  { trial, maxBytes }: { readonly trial: Trial; readonly maxBytes: number },
): Promise<Digest> {
  const { blobs } = workspace
  const to = blobs.scratchPath('onnx')
  const packed = await trial.pack({
    path: blobs.pathOf(graph.digest),
    beside: Object.fromEntries(
      Object.entries(beside).map(([name, { digest, sizeBytes }]) => [name, { path: blobs.pathOf(digest), sizeBytes }]),
    ),
    to,
    maxBytes,
  })
  return packed ? blobs.adopt(to) : graph.digest
}

const missing = (state: string) => fail('missingFiles', `Cannot gather the model: ${state}`)

/** Tensors in files of their own are some hundreds in the largest models. */
const usualMostFiles = 1000
const mostExampleBytes = 16_777_216
