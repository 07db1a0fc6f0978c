import { z } from 'zod'
import { describeApi } from './describe-api.ts'
import { fail } from './failures.ts'
import { defineRoute, type Route } from './route.ts'

/** Says whether requests can be answered well now, and if not, why not. */
export type Ready = () => Promise<{ readonly ready: boolean; readonly why?: string }>

/** The addresses that every server has beside its routes: liveness, readiness, and the description of its API. */
export function probeRoutes(
  routes: readonly Route[],
  options: { readonly ready: Ready; readonly behind?: string; readonly version?: string },
): readonly Route[] {
  const { ready, behind, version = '0' } = options
  const health = healthRoutes(ready)
  return behind === undefined ? [...health, descriptionRoute([...routes, ...health], version)] : health
}

function healthRoutes(ready: Ready): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/healthz',
      permission: 'public',
      summary: 'Whether the process lives',
      tag: 'probes',
      response: z.object({ status: z.literal('ok') }),
      handler: async () => ({ status: 'ok' as const }),
    }),
    defineRoute({
      method: 'GET',
      path: '/readyz',
      permission: 'public',
      summary: 'Whether requests can be answered well now; 503 while starting or closing, or without its database',
      tag: 'probes',
      response: z.object({ ready: z.literal(true) }),
      handler: async () => {
        const state = await ready()
        if (!state.ready) throw fail('notReady', `Cannot answer requests: ${state.why ?? 'the server is starting'}`)
        return { ready: true as const }
      },
    }),
  ]
}

function descriptionRoute(others: readonly Route[], version: string): Route {
  let description: Promise<Record<string, unknown>> | undefined
  const route: Route = defineRoute({
    method: 'GET',
    path: '/api/openapi.json',
    permission: 'system:read',
    summary: 'This description: OpenAPI 3.1',
    tag: 'probes',
    response: z.record(z.string(), z.unknown()),
    handler: async () => {
      description ??= describeApi([...others, route], { version })
      return description.catch((error: unknown) => {
        // The next caller may have better luck.
        description = undefined
        throw error
      })
    },
  })
  return route
}
