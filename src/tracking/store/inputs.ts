import { listed } from '#platform'
import type { DatasetRow, InputRow, ModelLinkRow, Tracking } from './tables.ts'

/** The number of a dataset of an experiment; one that is there is left as it is. */
export async function ensureDataset(tables: Tracking, row: Omit<DatasetRow, 'number'>): Promise<number> {
  await tables
    .insertInto('tracking_datasets')
    .values(row as DatasetRow)
    .onConflict((conflict) => conflict.columns(['experiment', 'name', 'digest']).doNothing())
    .execute()
  const query = tables.selectFrom('tracking_datasets').select('number').where('experiment', '=', row.experiment)
  return (await query.where('name', '=', row.name).where('digest', '=', row.digest).executeTakeFirstOrThrow()).number
}

export const putInput = (tables: Tracking, row: InputRow) =>
  tables
    .insertInto('tracking_inputs')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['run', 'dataset']).doUpdateSet({ context: row.context, tags: row.tags }),
    )
    .execute()

export const putModelLink = (tables: Tracking, row: ModelLinkRow) =>
  tables
    .insertInto('tracking_model_links')
    .values(row)
    .onConflict((conflict) => conflict.columns(['run', 'direction', 'model_id']).doUpdateSet({ step: row.step }))
    .execute()

/** Datasets that some runs used. */
export const inputsOf = (tables: Tracking, runs: readonly number[]) =>
  tables
    .selectFrom('tracking_inputs as input')
    .innerJoin('tracking_datasets as dataset', 'dataset.number', 'input.dataset')
    .select(['input.run', 'input.tags', 'dataset.name', 'dataset.digest', 'dataset.source_type', 'dataset.source'])
    .select(['dataset.schema', 'dataset.profile', 'input.context'])
    .where('input.run', 'in', listed(runs))
    .orderBy('input.run')
    .orderBy('input.dataset')
    .execute()

/** Datasets that the runs of some experiments of a project used, each with what it was used for. */
export const usedDatasets = (
  tables: Tracking,
  of: { readonly project: string; readonly experiments: readonly number[]; readonly limit: number },
) =>
  tables
    .selectFrom('tracking_inputs as input')
    .innerJoin('tracking_datasets as dataset', 'dataset.number', 'input.dataset')
    .innerJoin('tracking_experiments as experiment', 'experiment.number', 'dataset.experiment')
    .select(['dataset.experiment', 'dataset.name', 'dataset.digest', 'input.context'])
    .distinct()
    .where('dataset.experiment', 'in', listed(of.experiments))
    .where('experiment.project', '=', of.project)
    .orderBy('dataset.experiment')
    .orderBy('dataset.name')
    .orderBy('dataset.digest')
    .orderBy('input.context')
    .limit(of.limit)
    .execute()

export const modelLinksOf = (tables: Tracking, runs: readonly number[]): Promise<ModelLinkRow[]> =>
  tables
    .selectFrom('tracking_model_links')
    .selectAll()
    .where('run', 'in', listed(runs))
    .orderBy('run')
    .orderBy('model_id')
    .orderBy('direction')
    .execute()
