import type { BlobReferences } from '#platform'

/** Bytes of model files that were handed over as they are. */
export const blobReferences: BlobReferences = {
  tables: [{ table: 'serving_models', key: ['name', 'version'], columns: ['digest'] }],
}
