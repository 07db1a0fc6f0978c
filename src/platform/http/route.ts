import type { z } from 'zod'
import type { Workspace } from '../workspace.ts'
import type { Actor, Caller } from './authorise.ts'

/** What a handler is given: everything is checked already. */
export interface RouteCall<Params = unknown, Query = unknown, Body = unknown> {
  readonly workspace: Workspace
  readonly actor: Actor
  /** By name in lower case. */
  readonly headers: Caller['headers']
  readonly params: Params
  readonly query: Query
  readonly body: Body
}

/** One address of the API as data. Components hand tables of these to the composition. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path in the form of OpenAPI: `/api/v1/systems/{name}`. */
  readonly path: string
  /** What the caller must be allowed to do, such as `predictions:write`; `public` lets anyone in. */
  readonly permission: string
  /** Whether it answers with what is held in the actor's project alone; callers bound to a project may ask nothing else. */
  readonly inProjects?: boolean
  /** One line for the API's documentation. */
  readonly summary: string
  /** Section of the documentation, usually the component. */
  readonly tag?: string
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly response: z.ZodType
  /** Status of a good answer; 200 where absent. */
  readonly status?: number
  /** The answer is text of this content type, sent as it is, instead of JSON. */
  readonly contentType?: string
  handler(call: RouteCall): Promise<unknown>
}

/** A {@link Route} whose handler's arguments and answer are typed by its schemas. */
export interface TypedRoute<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> extends Omit<Route, 'handler'> {
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly response: Answer
  handler(call: RouteCall<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<z.input<Answer>>
}

/** Types one route by its own schemas, then hands it out as plain data. */
export function defineRoute<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(route: TypedRoute<Params, Query, Body, Answer>): Route {
  return route
}
