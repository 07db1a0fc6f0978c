import { fileAddress, folderOf } from '../transfer/artifact-address.ts'
import type { SourceFile } from '../transfer/parts.ts'
import { pages, queryText, textOf, type Fields, type MlflowClient } from './mlflow-client.ts'
import { isElsewhere } from './mlflow-records.ts'

/** Something that has files: a run or a logged model. */
export interface HasFiles {
  readonly artifactUri: string
  /** Where its files are listed, folder by folder. */
  list(folder: string, token: string | undefined): Promise<Fields | undefined>
  /** Where the server itself reads a file, if it is not in its store of artifacts. */
  readonly address: (path: string) => string
}

/** The files of a run of an MLflow server. */
export const runFiles = (client: MlflowClient, run: string, artifactUri: string): HasFiles => ({
  artifactUri,
  list: (path, token) =>
    client.get('artifacts/list', {
      run_id: run,
      ...(path !== '' && { path }),
      ...(token !== undefined && { page_token: token }),
    }),
  address: (path) => `/get-artifact?${queryText({ run_id: run, run_uuid: run, path })}`,
})

/** The files of a logged model of an MLflow server. */
export const loggedModelFiles = (client: MlflowClient, model: string, artifactUri: string): HasFiles => ({
  artifactUri,
  list: (path, token) =>
    client.get(`logged-models/${encodeURIComponent(model)}/artifacts/directories`, {
      ...(path !== '' && { artifact_directory_path: path }),
      ...(token !== undefined && { page_token: token }),
    }),
  address: (path) =>
    `/ajax-api/2.0/mlflow/logged-models/${encodeURIComponent(model)}/artifacts/files?${queryText({ artifact_file_path: path })}`,
})

/** Why files stay where they are; null where the server passes them on. */
export const whyFilesStay = ({ artifactUri }: HasFiles): string | null =>
  isElsewhere(artifactUri)
    ? `they stay at ${artifactUri.replace(/^([^:]+:\/\/[^/]+).*$/, '$1')}/…, where clients with access to it read them`
    : null

/** Files, folder by folder. */
export async function* filesOf(client: MlflowClient, holder: HasFiles): AsyncGenerator<SourceFile> {
  if (whyFilesStay(holder) !== null) return
  const root = folderOf(holder.artifactUri)
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const within = folder
    for await (const entry of pages((token) => holder.list(within, token), 'files')) {
      const path = textOf(entry['path'])
      // What a server names outside of its folder is no file of it, and would be looked into for ever.
      if (path === '' || path === within || (within !== '' && !path.startsWith(`${within}/`))) continue
      if (entry['is_dir'] === true) folders.push(path)
      else
        yield {
          path,
          sizeBytes: entry['file_size'] === undefined ? null : Number(entry['file_size']),
          digest: null,
          open: () => client.download(root === null ? holder.address(path) : fileAddress('', `${root}/${path}`)),
        }
    }
  }
}
