import { rm } from 'node:fs/promises'
import { isFailure, quoteName, type Lake, type Workspace } from '#platform'
import type { SourceSpec, SystemVersion } from '#system'
import { fail } from './failures.ts'
import { findFiles } from './find-files.ts'
import { newFiles, type NewFile } from './new-files.ts'
import { writeQuarantine } from './quarantine.ts'
import { readParts, refuseBreaks, refuseMostlyMalformed } from './read-parts.ts'
import type { Part } from './readers/part.ts'
import type { PullOptions, PullResult } from './schema.ts'
import { loadSnapshots, publicSnapshot, saveSnapshot, type StoredSnapshot } from './store.ts'
import { writeSnapshot, type TimeRange } from './write-snapshot.ts'

/**
 * Takes what is new in a source as an immutable snapshot.
 *
 * Cursor `file`: the rows of files whose content was never taken, and of a CSV or NDJSON file that has grown the rows
 * added. Cursor `time`: the rows later than the largest time of the snapshots before, and not later than `nowMs`.
 * The snapshot and the cursor are recorded in one transaction: a pull that is killed took nothing or all, and the next
 * one goes on from there, so each row is taken exactly once.
 *
 * @throws {Failure} `ingress/…` for each way in which a file cannot be read; nothing is taken then
 */
export async function pull(workspace: Workspace, options: PullOptions): Promise<PullResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await pullOnce(workspace, options)
    } catch (error) {
      if (!isFailure(error) || error.code !== 'ingress/pulledMeanwhile' || attempt === attempts) throw error
    }
  }
}

const attempts = 3

async function pullOnce(workspace: Workspace, options: PullOptions): Promise<PullResult> {
  const { system, source } = options
  const spec = sourceOf(system, source)
  const key = { system: system.system, source }
  const snapshots = await loadSnapshots(workspace, key)
  const found = await findFiles(spec.path, { baseFolder: system.baseFolder, mayBeNone: snapshots.length > 0 })
  const taken = snapshots.flatMap((snapshot) => snapshot.files)
  const files = await newFiles(found, { taken, kind: spec.kind, cursor: spec.cursor })
  const counts = { files: files.length, skipped: found.length - files.length }
  if (files.length === 0) return { snapshot: null, ...counts, quarantined: 0, withoutTime: 0 }
  const scratch: string[] = []
  try {
    const result = await workspace.lake.session((lake) =>
      take(workspace, options, { lake, spec, snapshots, files, scratch }),
    )
    return { ...result, ...counts }
  } finally {
    for (const path of scratch) await rm(path, { force: true })
  }
}

interface Taking {
  readonly lake: Lake
  readonly spec: SourceSpec
  readonly snapshots: readonly StoredSnapshot[]
  readonly files: readonly NewFile[]
  readonly scratch: string[]
}

async function take(
  workspace: Workspace,
  options: PullOptions,
  { lake, spec, snapshots, files, scratch }: Taking,
): Promise<Pick<PullResult, 'snapshot' | 'quarantined' | 'withoutTime'>> {
  const last = snapshots.at(-1)
  const { parts, changes, shape } = await readParts(workspace, files, { lake, spec, known: last?.shape ?? {}, scratch })
  if (options.strict) refuseBreaks(changes)
  const range = timeRange(spec, { snapshots, nowMs: options.nowMs ?? workspace.clock.now() })
  const written = await writeSnapshot(parts, {
    lake,
    blobs: workspace.blobs,
    known: shape,
    time: spec.time,
    range,
    scratch,
  })
  const rejects = parts.flatMap((part) => part.rejects)
  const left: Left[] = []
  if (range) for (const part of parts) left.push(await countLeft(lake, { part, range }))
  const withoutTime = left.reduce((sum, { withoutTime }) => sum + withoutTime, 0)
  // With the cursor `time` most rows of a file may have been taken before.
  if (!range) refuseMostlyMalformed(rejects, { parts, rows: written.rows })
  if (written.rows === 0) return { snapshot: null, quarantined: 0, withoutTime }
  const quarantine = await writeQuarantine(workspace, lake, { rejects, earlier: range ? snapshots : [] })
  const snapshot: StoredSnapshot = {
    id: workspace.ids.next('snap'),
    system: options.system.system,
    source: options.source,
    number: (last?.number ?? 0) + 1,
    digest: await workspace.blobs.adopt(written.path),
    rows: written.rows,
    columns: written.columns,
    files: files.map((file, place) => ({ ...file, hasMore: (left[place]?.later ?? 0) > 0 })),
    minTimeUs: written.minTimeUs,
    maxTimeUs: written.maxTimeUs,
    pulledAtMs: workspace.clock.now(),
    changes,
    quarantined: quarantine.rows,
    quarantineDigest: quarantine.digest,
    shape,
  }
  await saveSnapshot(workspace, snapshot)
  return { snapshot: publicSnapshot(snapshot), quarantined: quarantine.rows, withoutTime }
}

/** @throws {Failure} `ingress/unknownSource` */
function sourceOf({ system, spec }: SystemVersion, source: string): SourceSpec {
  const found = spec.sources[source]
  if (found) return found
  throw fail(
    'unknownSource',
    `Cannot pull '${source}': '${system}' has the sources ${Object.keys(spec.sources).join(', ')}`,
  )
}

function timeRange(
  spec: SourceSpec,
  { snapshots, nowMs }: { readonly snapshots: readonly StoredSnapshot[]; readonly nowMs: number },
): TimeRange | undefined {
  if (spec.cursor !== 'time') return undefined
  if (spec.time === undefined) {
    throw fail('columnMissing', "Cannot pull by time: the source names no column as 'time'", {
      remedy: "Name the column under 'time' of the source, or set its cursor to 'file'",
    })
  }
  const moments = snapshots.flatMap((snapshot) => snapshot.maxTimeUs ?? [])
  const afterUs = moments.length === 0 ? null : Math.max(...moments)
  return { column: spec.time, afterUs, untilUs: nowMs * 1000 }
}

/** Rows that the cursor `time` leaves: those without a time, and those whose moment has not come. */
interface Left {
  readonly withoutTime: number
  readonly later: number
}

async function countLeft(
  lake: Lake,
  { part, range }: { readonly part: Part; readonly range: TimeRange },
): Promise<Left> {
  const moment = `${quoteName(range.column)}::timestamp`
  const [row] = await lake.rows<{ n: number; later: number }>(
    `select count(*) - count(${moment}) as n, count_if(${moment} > make_timestamp(${range.untilUs})) as later from (${part.sql})`,
  )
  return { withoutTime: row?.n ?? 0, later: row?.later ?? 0 }
}
