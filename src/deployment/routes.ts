import { z } from 'zod'
import { defineRoute, iso, type Route } from '#platform'
import { applyReleaseStep } from './apply-release-step.ts'
import { fail } from './failures.ts'
import { releasesOf, routeOf } from './route-of.ts'
import type { Release } from './schema.ts'
import { findRelease } from './store.ts'

const nameParams = z.object({ name: z.string() })
const strategies = z.enum(['big-bang', 'canary'])

const releaseSchema = z
  .object({
    id: z.string(),
    system: z.string(),
    versionId: z.string(),
    previousVersionId: z.string().nullable(),
    strategy: strategies,
    step: z.number().int().meta({ description: 'Place in the steps of the strategy, from 0' }),
    share: z.number().meta({ description: 'Share of the traffic that goes to the version, 0 to 1' }),
    state: z.enum(['running', 'promoted', 'rolled-back', 'superseded']),
    startedAt: z.string(),
    finishedAt: z.string().nullable(),
    history: z.array(
      z.object({
        at: z.string(),
        action: z.enum(['start', 'advance', 'promote', 'rollback', 'supersede']),
        step: z.number().int(),
        share: z.number(),
        why: z.string(),
        actor: z.string(),
        decisionId: z.string(),
      }),
    ),
  })
  .meta({ id: 'Release' })

/** The API of endpoints and releases. */
export const routes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/systems/{name}/endpoint',
    permission: 'system:read',
    summary: 'Which version serves a system, and the release under way',
    tag: 'deployment',
    params: nameParams,
    response: z.object({
      system: z.string(),
      championVersionId: z.string(),
      since: z.string(),
      release: releaseSchema.nullable(),
    }),
    handler: async ({ workspace, params }) => {
      const { endpoint, release } = await routeOf(workspace, params.name)
      return {
        system: endpoint.system,
        championVersionId: endpoint.championVersionId,
        since: iso(endpoint.sinceMs),
        release: release && view(release),
      }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/systems/{name}/releases',
    permission: 'system:read',
    summary: 'Every release of a system, the first one first',
    tag: 'deployment',
    params: nameParams,
    response: z.object({ releases: z.array(releaseSchema) }),
    handler: async ({ workspace, params }) => ({ releases: (await releasesOf(workspace, params.name)).map(view) }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/releases/{id}/decision',
    permission: 'release:decide',
    summary: 'Promotes a release that is under way, or rolls it back, by hand',
    tag: 'deployment',
    params: z.object({ id: z.string() }),
    body: z.strictObject({ action: z.enum(['promote', 'rollback']), why: z.string().min(1).max(2000) }),
    response: releaseSchema,
    handler: async ({ workspace, params, body, actor }) => {
      const release = await findRelease(workspace.database, { id: params.id })
      if (!release) throw fail('unknownRelease', `Cannot find release '${params.id}': there is none`)
      if (release.state !== 'running')
        throw fail('releaseEnded', `Cannot ${body.action} release '${params.id}': it is ${release.state}`)
      const verdict = { ...body, facts: {} }
      return view(await applyReleaseStep(workspace, { release, verdict, actor: actor.id, byPolicy: false }))
    },
  }),
]

function view(release: Release): z.input<typeof releaseSchema> {
  const { startedMs, finishedMs, history, strategy, stepStartedMs: _, ...rest } = release
  return {
    ...rest,
    strategy: strategy.strategy,
    startedAt: iso(startedMs),
    finishedAt: finishedMs === null ? null : iso(finishedMs),
    history: history.map(({ atMs, ...transition }) => ({ at: iso(atMs), ...transition })),
  }
}
