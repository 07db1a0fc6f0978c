import { z } from 'zod'
import { defaultProject } from '#governance'
import { defineRoute, type Route, type Workspace } from '#platform'
import { inOwnWords, nextOffsetSchema, pageOf, pageQuery, projectOfCall } from '#tracking'
import { fail } from './failures.ts'
import { giveAlias, takeAlias } from './mlflow/move-alias.ts'
import { foundModels, foundSystem, foundSystemVersions, foundVersions } from './models/found-models.ts'
import { importModel } from './models/import-model.ts'
import { searchModels, searchVersions } from './models/search-models.ts'
import { modelByName, type ModelName } from './models/store/registered-models.ts'
import { open } from './models/store/tables.ts'
import { open as openRegistry, systemsWithVersions } from './store.ts'
import { givenModelSchema, modelSchema, versionSchema } from './api/schemas.ts'

const searchBody = z.object({
  name: z.string().optional().meta({ description: 'Of the model of this name alone' }),
  filter: z.string().default('').meta({ description: 'As of MLflow; systems are found where there is none' }),
  orderBy: z.array(z.string()).default([]),
  ...pageQuery(1000),
})

/** Our own API of models, those of systems among them. */
export const routes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/models/search',
    permission: 'model:read',
    inProjects: true,
    summary: 'Registered models that match a filter, and before them the systems that have versions',
    tag: 'registry',
    body: searchBody,
    response: z.object({ models: z.array(modelSchema), nextOffset: nextOffsetSchema }),
    handler: async ({ workspace, body, ...caller }) => {
      const project = projectOfCall(caller)
      const tables = open(workspace.database)
      const found = await inOwnWords(() => searchModels(tables, { ...body, project, limit: body.limit + 1 }))
      const { page, nextOffset } = pageOf(found, body)
      const systems = await Promise.all(
        (await systemsFor(workspace, { project, ...body })).map((system) => foundSystem(workspace.database, system)),
      )
      return { models: [...systems, ...(await foundModels(tables, page))], nextOffset }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/model-versions/search',
    permission: 'model:read',
    inProjects: true,
    summary: 'Versions of registered models that match a filter, and before them those of systems',
    tag: 'registry',
    body: searchBody,
    response: z.object({ versions: z.array(versionSchema), nextOffset: nextOffsetSchema }),
    handler: async ({ workspace, body, ...caller }) => {
      const project = projectOfCall(caller)
      const tables = open(workspace.database)
      const found = await inOwnWords(() => searchVersions(tables, { ...body, project, limit: body.limit + 1 }))
      const { page, nextOffset } = pageOf(found, body)
      const own = await Promise.all(
        (await systemsFor(workspace, { project, ...body })).map((system) =>
          foundSystemVersions(workspace.database, system),
        ),
      )
      return { versions: [...own.flat(), ...(await foundVersions(tables, page))], nextOffset }
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/model-aliases',
    permission: 'model:write',
    inProjects: true,
    summary: 'Give an alias to a version of a registered model, in the place of the one that has it',
    tag: 'registry',
    body: z.object({ name: z.string(), alias: z.string().min(1), version: z.int().min(1) }),
    response: z.object({ name: z.string(), alias: z.string(), version: z.int() }),
    handler: async ({ workspace, body, ...caller }) => {
      const project = projectOfCall(caller)
      const { name, alias, version: number } = body
      await holdRegistered(workspace, { project, name })
      await inOwnWords(() => giveAlias(workspace, { project, name, alias, number }), {
        where: 'millrace versions list',
      })
      return body
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/model-aliases',
    permission: 'model:write',
    inProjects: true,
    summary: 'Take an alias of a registered model away; one that is not there is as good as taken away',
    tag: 'registry',
    query: z.object({ name: z.string(), alias: z.string().min(1) }),
    response: z.object({}),
    handler: async ({ workspace, query, ...caller }) => {
      const project = projectOfCall(caller)
      await holdRegistered(workspace, { project, name: query.name })
      await inOwnWords(() => takeAlias(workspace, { project, ...query }), { where: 'millrace models list' })
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/imports/models',
    permission: 'model:write',
    inProjects: true,
    summary: 'Bring a registered model in, with some of its versions; what is there already is left as it is',
    tag: 'registry',
    body: givenModelSchema,
    response: z.object({
      versions: z.array(z.object({ version: z.int(), here: z.int() })),
      aliasesInTheWay: z.array(z.string()).meta({ description: 'Aliases that another version has here' }),
    }),
    handler: ({ workspace, body, ...caller }) =>
      inOwnWords(() => importModel(workspace, { project: projectOfCall(caller), ...body })),
  }),
]

/** Systems whose versions a search shows, on its first page: filters speak of what clients registered. */
async function systemsFor(
  { database }: Workspace,
  { project, name, filter, offset }: z.output<typeof searchBody> & { readonly project: string },
): Promise<readonly string[]> {
  if (filter !== '' || offset > 0 || project !== defaultProject) return []
  const systems = await systemsWithVersions(openRegistry(database))
  return name === undefined ? systems : systems.filter((system) => system === name)
}

/** @throws {Failure} `registry/releasesDecide` where a name is that of a system alone */
async function holdRegistered({ database }: Workspace, { project, name }: ModelName): Promise<void> {
  if (await modelByName(open(database), { project, name })) return
  if (project === defaultProject && (await systemsWithVersions(openRegistry(database))).includes(name))
    throw fail('releasesDecide', `Cannot change the names of '${name}': it is a system, whose releases give them`)
}
