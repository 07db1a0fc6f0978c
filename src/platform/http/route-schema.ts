import { problemSchema } from './problem.ts'
import type { Route } from './route.ts'

/** The address of a route as the router takes it. */
export const routeUrl = ({ path }: Route): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** What goes in and comes out of a route. */
export function routeSchema({ params, query, body, response, summary, tag, contentType, status = 200 }: Route) {
  return {
    summary,
    ...(tag === undefined ? {} : { tags: [tag] }),
    ...(params ? { params } : {}),
    ...(query ? { querystring: query } : {}),
    ...(body ? { body } : {}),
    response: {
      [status]: contentType ? { content: { [contentType]: { schema: response } } } : response,
      default: { description: 'Error', content: { 'application/problem+json': { schema: problemSchema } } },
    },
  }
}
