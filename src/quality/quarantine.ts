import { quoteText, type Workspace } from '#platform'
import { fail } from './failures.ts'
import type { QuarantineRecord } from './schema.ts'
import { reasonsColumn } from './split-rows.ts'
import { loadQuarantines } from './store.ts'

/** A quarantined row and the names of the checks that it breaks. */
export interface RejectedRow {
  readonly reasons: readonly string[]
  readonly row: Readonly<Record<string, unknown>>
}

/** What was quarantined, oldest first. */
export function quarantined(
  workspace: Workspace,
  { system, source }: { readonly system: string; readonly source?: string },
): Promise<readonly QuarantineRecord[]> {
  return loadQuarantines(workspace, { system, ...(source !== undefined && { source }) })
}

/**
 * The rows of one quarantine, in the order of their snapshot.
 * @throws {Failure} `quality/unknownQuarantine`
 */
export async function readQuarantined(
  workspace: Workspace,
  { id, limit }: { readonly id: string; readonly limit?: number },
): Promise<readonly RejectedRow[]> {
  const [record] = await loadQuarantines(workspace, { id })
  if (!record) throw fail('unknownQuarantine', `Cannot read the quarantine '${id}': there is none`)
  await workspace.blobs.bringHere([record.digest])
  const rows = await workspace.lake.rows(
    `select * from read_parquet(${quoteText(workspace.blobs.pathOf(record.digest))})${limit === undefined ? '' : ` limit ${limit}`}`,
  )
  return rows.map(({ [reasonsColumn]: reasons, ...row }) => ({ reasons: reasons as string[], row }))
}
