import type { BlobReferences } from '#platform'

/** Bytes that trainings left: what their predictions are compared with. */
export const blobReferences: BlobReferences = {
  tables: [{ table: 'loop_trainings', key: ['training_key'], columns: ['result'] }],
}
