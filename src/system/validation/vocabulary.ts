import type { Task } from '#model'

const classes: readonly Task[] = ['binary', 'multiclass']
const all: readonly Task[] = ['binary', 'multiclass', 'regression']

/** Kinds of candidates: the tasks that each solves, and whether it has parameters worth a search. */
export const candidateKinds: Readonly<Record<string, { readonly tasks: readonly Task[]; readonly tunable: boolean }>> =
  {
    majority: { tasks: classes, tunable: false },
    mean: { tasks: ['regression'], tunable: false },
    'seasonal-naive': { tasks: all, tunable: true },
    rule: { tasks: all, tunable: false },
    linear: { tasks: ['regression'], tunable: true },
    logistic: { tasks: classes, tunable: true },
    'boosted-trees': { tasks: all, tunable: true },
    python: { tasks: all, tunable: false },
    command: { tasks: all, tunable: false },
  }

/** Kinds of candidates that a program of others trains. */
export const programKinds: ReadonlySet<string> = new Set(['python', 'command'])

/** Metrics by name, with the tasks that each measures. */
export const metricTasks: Readonly<Record<string, readonly Task[]>> = {
  'expected-cost': all,
  auc: ['binary'],
  'average-precision': ['binary'],
  'log-loss': classes,
  brier: ['binary'],
  accuracy: classes,
  precision: ['binary'],
  recall: ['binary'],
  f1: ['binary'],
  'ece-equal-width': ['binary'],
  'ece-equal-count': ['binary'],
  'macro-f1': ['multiclass'],
  'top-3-accuracy': ['multiclass'],
  mae: ['regression'],
  rmse: ['regression'],
  r2: ['regression'],
  mape: ['regression'],
  'median-absolute-error': ['regression'],
}

/** What a candidate is called by gates, reports and the decision log. */
export const candidateName = (candidate: { readonly kind: string; readonly name?: string | undefined }): string =>
  candidate.name ?? candidate.kind
