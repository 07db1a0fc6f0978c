import type { Route } from '#platform'
import { experimentRoutes } from './api/experiment-routes.ts'
import { importRoutes } from './api/import-routes.ts'
import { loggedModelRoutes } from './api/logged-model-routes.ts'
import { runRoutes } from './api/run-routes.ts'

/** Our own API of tracking. */
export const routes: readonly Route[] = [...experimentRoutes, ...runRoutes, ...loggedModelRoutes, ...importRoutes]
