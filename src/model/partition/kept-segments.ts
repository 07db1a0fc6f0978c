import type { Digest, Workspace } from '#platform'
import type { SegmentModel } from '../schema.ts'

/** Keeps the list of a partitioned model's segments as a blob; the same models give the same digest, whatever their order. */
export function keepSegments(workspace: Workspace, models: readonly SegmentModel[]): Promise<Digest> {
  return workspace.blobs.put(JSON.stringify(models.toSorted((a, b) => (a.segment < b.segment ? -1 : 1))))
}

/**
 * The models of a partitioned model's segments, by segment.
 * @throws {Failure} `platform/missingBlob`
 */
export async function segmentsOf(workspace: Workspace, segmentsDigest: Digest): Promise<readonly SegmentModel[]> {
  return JSON.parse((await workspace.blobs.read(segmentsDigest)).toString('utf8')) as readonly SegmentModel[]
}
