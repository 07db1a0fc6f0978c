import { projectHeader, projectOf } from '#governance'
import type { RouteCall } from '#platform'

/** The project that a request of our own API is about. @throws {Failure} `governance/otherProject`, `governance/badProject` */
export const projectOfCall = ({ actor, headers }: Pick<RouteCall, 'actor' | 'headers'>): string =>
  projectOf(actor, headers[projectHeader])
