import type { Digest, Workspace } from '#platform'
import { fail } from '../failures.ts'
import { openModel } from '../open-model.ts'
import type { Model, Signature, StoredModel } from '../schema.ts'
import { segmentsOf } from './kept-segments.ts'
import { partitionedModel } from './partitioned-model.ts'
import { residentModels } from './resident-models.ts'

export interface StoredModelOptions {
  /** Threads that one batch is spread over, 1 where absent. */
  readonly threads?: number | undefined
  /** Models of segments that are open at the same time; the least recently used are released. 256 where absent. */
  readonly maxResident?: number | undefined
  /** Opens one file by its digest, where it is to run somewhere else than in this thread. */
  readonly open?: ((digest: Digest) => Promise<Model>) | undefined
}

/**
 * Opens a stored model for scoring: every version, and every candidate, is opened here. Of one that is partitioned the
 * models of its segments are opened when rows of theirs come.
 * @throws {Failure} `platform/missingBlob`, `model/unreadable`, `model/noSignature` or `model/wrongGraph`
 */
export async function openStoredModel(
  workspace: Workspace,
  { onnxDigest, partition }: StoredModel,
  options: StoredModelOptions = {},
): Promise<Model> {
  const { maxResident = defaultResident, threads = 1 } = options
  const openFile = options.open ?? (async (digest) => openModel(await workspace.blobs.read(digest), { threads }))
  const pooled = await openFile(onnxDigest)
  if (!partition || partition.segments === 0) return pooled
  try {
    const listed = await segmentsOf(workspace, partition.segmentsDigest)
    const digests = new Map(listed.map((model) => [model.segment, model.onnxDigest]))
    const open = async (segment: string): Promise<Model> => {
      const model = await openFile(digests.get(segment) as string)
      if (answersAlike(model.signature, pooled.signature)) return model
      await model.release()
      throw fail(
        'wrongSegment',
        `Cannot score rows of '${segment}': its model does not answer what the pooled one does`,
      )
    }
    const models = residentModels(open, maxResident)
    return partitionedModel({ pooled, by: partition.by, segments: new Set(digests.keys()), models })
  } catch (error) {
    await pooled.release()
    throw error
  }
}

/** A small model takes about 0.3 MB open, and some milliseconds to open. */
const defaultResident = 256

const answersAlike = (one: Signature, other: Signature): boolean =>
  one.task === other.task && JSON.stringify(one.classes) === JSON.stringify(other.classes)
