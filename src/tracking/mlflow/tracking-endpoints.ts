import { artifactEndpoints } from './artifact-endpoints.ts'
import { datasetEndpoints } from './dataset-endpoints.ts'
import type { Endpoint } from './endpoint.ts'
import { experimentEndpoints } from './experiment-endpoints.ts'
import { historyEndpoints } from './history-endpoints.ts'
import { logEndpoints } from './log-endpoints.ts'
import { loggedModelEndpoints } from './logged-model-endpoints.ts'
import { runEndpoints } from './run-endpoints.ts'

/** The addresses of tracking, and what a client asks of a server before anything else. */
export const trackingEndpoints: readonly Endpoint[] = [
  ...experimentEndpoints,
  ...runEndpoints,
  ...logEndpoints,
  ...historyEndpoints,
  ...datasetEndpoints,
  ...loggedModelEndpoints,
  ...artifactEndpoints,
  {
    method: 'GET',
    version: '3.0',
    path: 'server-info',
    permission: 'public',
    answer: () =>
      Promise.resolve({
        store_type: 'SqlStore',
        workspaces_enabled: true,
        trace_archival_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
      }),
  },
]
