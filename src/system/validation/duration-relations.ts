import { durationMs, type Duration } from '#platform'
import type { Parts } from './parts.ts'
import type { SpecIssue } from './spec-issue.ts'

/** Spans that must last: a window, interval or history of nothing has no meaning. */
export function durationRelations({ monitor, retrain, dataset, evaluation }: Parts): readonly SpecIssue[] {
  const spans: [path: string, span: Duration | undefined][] = [
    ['monitor.window', monitor?.window],
    ['retrain.every', retrain?.every === 'never' ? undefined : retrain?.every],
  ]
  if (evaluation?.split.kind === 'time')
    spans.push(
      ['evaluation.split.holdout', evaluation.split.holdout],
      ['evaluation.split.window', evaluation.split.window],
    )
  dataset?.history.forEach((history, place) => {
    spans.push([`dataset.history[${place}].every`, history.every])
    history.over.forEach((span, at) => spans.push([`dataset.history[${place}].over[${at}]`, span]))
  })
  return spans
    .filter(([, span]) => span !== undefined && durationMs(span) <= 0)
    .map(([path, span]) => ({ path, problem: `is '${span as string}'`, expected: "more than nothing, such as '1d'" }))
}
