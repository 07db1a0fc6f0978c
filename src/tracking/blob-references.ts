import type { BlobReferences } from '#platform'

/** Bytes of artifacts: those that clients put, and those that runs of systems made. */
export const blobReferences: BlobReferences = {
  tables: [
    { table: 'tracking_files', key: ['folder', 'name'], columns: ['digest'] },
    {
      table: 'tracking_artifacts',
      key: ['run', 'path'],
      columns: ['digest'],
      // The models of segments are named by their list alone.
      isList: ({ path }) => path === 'segments.json',
    },
  ],
  // What clients call the content of a dataset of theirs.
  notBytes: [
    // Parts of files stand in files of their own, until they are put together.
    'tracking_upload_parts.digest',
    'tracking_datasets.digest',
    'tracking_inputs.digest',
    'tracking_logged_model_metrics.dataset_digest',
  ],
}
