import type { Actor } from '#platform'
import { fail } from '../failures.ts'
import { defaultProject, projectName } from '../schema.ts'

/** The header by which clients of MLflow say which project they mean. */
export const projectHeader = 'x-mlflow-workspace'

/**
 * The project that a request is about: the one that its actor is bound to, else the one that it names, else the default.
 * @param asked what the header names; nothing where absent or empty
 * @throws {Failure} `governance/otherProject`, `governance/badProject`
 */
export function projectOf({ id, project }: Actor, asked: string | readonly string[] | undefined): string {
  const named = String(asked ?? '').trim()
  if (named === '') return project ?? defaultProject
  if (!projectName.safeParse(named).success)
    throw fail('badProject', `Cannot answer: '${named.slice(0, 100)}' is no name of a project`)
  if (project !== null && named !== project)
    throw fail('otherProject', `Cannot answer for the project '${named}': '${id}' is bound to '${project}'`)
  return named
}
