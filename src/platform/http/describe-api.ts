import { fastify } from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import { problemSchema } from './problem.ts'
import type { Route } from './route.ts'

/**
 * Describes routes as OpenAPI 3.1. What makes the description is loaded with the first one: a server starts without it.
 * @param options.version shown in it
 */
export async function describeApi(
  routes: readonly Route[],
  options: { readonly version: string },
): Promise<Record<string, unknown>> {
  const { default: swagger } = await import('@fastify/swagger')
  const app = fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millrace',
        version: options.version,
        description: 'One typed file runs a whole ML system',
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  for (const route of routes)
    app.route({
      method: route.method,
      url: routeUrl(route),
      schema: routeSchema(route),
      handler: async () => undefined,
    })
  try {
    await app.ready()
    return app.swagger() as unknown as Record<string, unknown>
  } finally {
    await app.close()
  }
}

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
