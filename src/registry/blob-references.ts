import type { BlobReferences } from '#platform'

/** Bytes of versions: the model, and the list of the models of segments. */
export const blobReferences: BlobReferences = {
  tables: [
    { table: 'registry_versions', key: ['id'], columns: ['onnx_digest', 'evaluation', 'lineage'] },
    { table: 'registry_versions', key: ['id'], columns: ['partition'], isList: () => true },
  ],
}
