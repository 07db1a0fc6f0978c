import type { BlobReferences } from '#platform'

/** Bytes of the rows that an inspection kept, and of those that it put aside. */
export const blobReferences: BlobReferences = {
  tables: [
    { table: 'quality_inspections', key: ['snapshot', 'checks_hash'], columns: ['kept'] },
    { table: 'quality_quarantines', key: ['id'], columns: ['digest'] },
  ],
  // A binning bears the hash of its own facts.
  notBytes: ['quality_binnings.digest', 'quality_scope_binnings.digest', 'quality_profiles.binning_digest'],
}
