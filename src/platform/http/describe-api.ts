import { fastify } from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import type { Route } from './route.ts'
import { routeSchema, routeUrl } from './route-schema.ts'

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
