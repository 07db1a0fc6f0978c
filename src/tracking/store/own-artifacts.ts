import type { Tables, Tracking } from './tables.ts'

/**
 * What a system's run made, at a path below the folder of its artifacts or in it.
 * @param at.path empty for all of them
 */
export async function ownArtifactsAt(
  tables: Tracking,
  at: { readonly experiment: number; readonly runId: string; readonly path: string },
): Promise<Tables['tracking_artifacts'][]> {
  const { experiment, runId, path } = at
  let query = tables
    .selectFrom('tracking_artifacts as artifact')
    .innerJoin('tracking_runs as run', 'run.number', 'artifact.run')
    .innerJoin('tracking_experiments as experiment', 'experiment.number', 'run.experiment')
    .selectAll('artifact')
    .where('run.id', '=', runId)
    .where('run.experiment', '=', experiment)
    // Those of an experiment elsewhere have other paths.
    .where('experiment.artifact_location', '=', `mlflow-artifacts:/${experiment}`)
  if (path !== '')
    query = query.where((be) =>
      be.or([
        be('artifact.path', '=', path),
        be.and([be('artifact.path', '>', `${path}/`), be('artifact.path', '<', `${path}0`)]),
      ]),
    )
  return query.orderBy('artifact.path').execute()
}
