import type { Endpoint } from './endpoint.ts'

/** No model is logged yet: clients ask for those of a name before they read artifacts at it. */
export const loggedModelSearch: Endpoint = {
  method: 'POST',
  path: 'logged-models/search',
  answer: () => Promise.resolve({}),
}
