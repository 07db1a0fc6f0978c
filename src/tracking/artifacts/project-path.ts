import { defaultProject } from '#governance'
import { projectOfExperiment } from '../store/experiments.ts'
import type { Tracking } from '../store/tables.ts'

/** A path of the store of artifacts, as a project sees it. */
export interface ProjectPath {
  readonly project: string
  readonly path: string
}

/** The path in the store of artifacts that a URI names; undefined where it names a place elsewhere. */
export const pathOfUri = (uri: string): string | undefined => /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*)$/i.exec(uri)?.[1]

/**
 * Whether a path belongs to a project: what is below the number of an experiment does so with it, and all else belongs to
 * the default project.
 */
export async function isInProject(tables: Tracking, { project, path }: ProjectPath): Promise<boolean> {
  const [, number] = /^(\d{1,15})(?:\/|$)/.exec(path) ?? []
  const owner = number === undefined ? undefined : await projectOfExperiment(tables, Number(number))
  return (owner ?? defaultProject) === project
}
