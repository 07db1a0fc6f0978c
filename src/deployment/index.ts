/**
 * Deployment: which version of a system serves, and how traffic moves to another: the state machine of releases and the
 * policy that judges them. Tables: `deployment_releases`, `deployment_endpoints`. Emits `release changed`.
 *
 * Invariants: a system has one champion and at most one release under way; a change and its decision are written
 * together; a key stays with its arm for as long as the release runs.
 */
export type * from './schema.ts'
export { applyReleaseStep } from './apply-release-step.ts'
export type { ApplyReleaseStepOptions } from './apply-release-step.ts'
export { endpointOf, releasesOf, routeOf } from './route-of.ts'
export { routeRelease, routeReleases } from './route-release.ts'
export { routes } from './routes.ts'
export { startRelease } from './start-release.ts'
export type { StartReleaseOptions } from './start-release.ts'
export { shareAt, stepRelease } from './step-release.ts'
