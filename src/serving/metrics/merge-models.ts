import type { CountedHistogram, CountedModel } from './serving-counts.ts'

/** Adds up what several processes counted of the same version; in the order of models and versions. */
export function mergeModels(models: readonly CountedModel[]): readonly CountedModel[] {
  const merged = new Map<string, CountedModel>()
  for (const model of models) {
    const key = `${model.model}/${model.version}`
    const held = merged.get(key)
    merged.set(key, held ? addModels(held, model) : model)
  }
  return [...merged.values()].sort((a, b) =>
    a.model === b.model ? Number(a.version) - Number(b.version) : a.model < b.model ? -1 : 1,
  )
}

function addModels(one: CountedModel, other: CountedModel): CountedModel {
  const add = (name: keyof CountedModel['histograms']): CountedHistogram => {
    const [a, b] = [one.histograms[name], other.histograms[name]]
    return {
      bounds: a.bounds,
      counts: a.counts.map((count, place) => count + (b.counts[place] as number)),
      sum: a.sum + b.sum,
    }
  }
  return {
    model: one.model,
    version: one.version,
    histograms: { queue: add('queue'), run: add('run'), total: add('total'), batch: add('batch') },
    succeeded: one.succeeded + other.succeeded,
    failed: one.failed + other.failed,
    rejected: one.rejected + other.rejected,
    expired: one.expired + other.expired,
    shadowDropped: one.shadowDropped + other.shadowDropped,
    rows: one.rows + other.rows,
    inFlight: one.inFlight + other.inFlight,
  }
}
