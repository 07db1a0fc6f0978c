import type { BlobReferences } from '#platform'

/** Bytes of datasets: their rows, histories and the words of their columns. */
export const blobReferences: BlobReferences = {
  tables: [{ table: 'dataset_datasets', key: ['id'], columns: ['facts'] }],
}
