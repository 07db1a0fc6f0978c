import type { Task } from '#model'
import { fail } from './failures.ts'

/** A measure of how good a model is. */
export interface Metric {
  /** How system files, gates and reports call it. */
  readonly name: string
  readonly title: string
  readonly tasks: readonly Task[]
  readonly better: 'higher' | 'lower'
  /** Least and greatest value; null where there is no bound. */
  readonly range: readonly [number | null, number | null]
  readonly formula: string
  /** Where the definition comes from. */
  readonly source: string
}

/** Every metric, as data. */
export const metrics: readonly Metric[] = [
  {
    name: 'expected-cost',
    title: 'Expected cost',
    tasks: ['binary', 'multiclass', 'regression'],
    better: 'lower',
    range: [null, null],
    formula: 'money of the decisions under framing.cost, per framing.per rows',
    source: 'Elkan (2001), The foundations of cost-sensitive learning',
  },
  {
    name: 'auc',
    title: 'Area under the ROC curve',
    tasks: ['binary'],
    better: 'higher',
    range: [0, 1],
    formula: 'P(score of a positive > score of a negative) + ½ P(equal)',
    source: 'Mann & Whitney (1947); scikit-learn roc_auc_score',
  },
  {
    name: 'average-precision',
    title: 'Average precision',
    tasks: ['binary'],
    better: 'higher',
    range: [0, 1],
    formula: 'Σₙ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, without interpolation',
    source: 'scikit-learn average_precision_score',
  },
  {
    name: 'log-loss',
    title: 'Log loss (nats)',
    tasks: ['binary', 'multiclass'],
    better: 'lower',
    range: [0, null],
    formula: '−mean ln p(actual class), p clipped to [ε, 1 − ε], ε of the precision of the scores',
    source: 'scikit-learn log_loss',
  },
  {
    name: 'brier',
    title: 'Brier score',
    tasks: ['binary'],
    better: 'lower',
    range: [0, 1],
    formula: 'mean (p − y)²',
    source: 'Brier (1950); scikit-learn brier_score_loss',
  },
  {
    name: 'accuracy',
    title: 'Accuracy',
    tasks: ['binary', 'multiclass'],
    better: 'higher',
    range: [0, 1],
    formula: 'share of rows decided as their class',
    source: 'scikit-learn accuracy_score',
  },
  {
    name: 'precision',
    title: 'Precision',
    tasks: ['binary'],
    better: 'higher',
    range: [0, 1],
    formula: 'TP / (TP + FP); 0 when nothing is decided positive',
    source: 'scikit-learn precision_score',
  },
  {
    name: 'recall',
    title: 'Recall',
    tasks: ['binary'],
    better: 'higher',
    range: [0, 1],
    formula: 'TP / (TP + FN); 0 when nothing is positive',
    source: 'scikit-learn recall_score',
  },
  {
    name: 'f1',
    title: 'F1',
    tasks: ['binary'],
    better: 'higher',
    range: [0, 1],
    formula: '2 TP / (2 TP + FP + FN); 0 when the denominator is',
    source: 'scikit-learn f1_score',
  },
  {
    name: 'ece-equal-width',
    title: 'Calibration error, 15 bins of equal width',
    tasks: ['binary'],
    better: 'lower',
    range: [0, 1],
    formula: 'Σ_b n_b/n |mean y − mean p|, bin ⌊15 p⌋',
    source: 'Naeini et al. (2015); Guo et al. (2017)',
  },
  {
    name: 'ece-equal-count',
    title: 'Calibration error, 10 bins of equal count',
    tasks: ['binary'],
    better: 'lower',
    range: [0, 1],
    formula: 'Σ_b n_b/n |mean y − mean p|, bin ⌊10 · share of rows with a lower p⌋',
    source: 'Naeini et al. (2015); NannyML calibration',
  },
  {
    name: 'macro-f1',
    title: 'Macro F1',
    tasks: ['multiclass'],
    better: 'higher',
    range: [0, 1],
    formula: 'mean F1 of the classes that are actual or decided at least once',
    source: "scikit-learn f1_score(average='macro')",
  },
  {
    name: 'top-3-accuracy',
    title: 'Top-3 accuracy',
    tasks: ['multiclass'],
    better: 'higher',
    range: [0, 1],
    formula: 'share of rows whose class is among the three most probable; of equal ones the first in order',
    source: 'scikit-learn top_k_accuracy_score (which breaks ties the other way)',
  },
  {
    name: 'mae',
    title: 'Mean absolute error',
    tasks: ['regression'],
    better: 'lower',
    range: [0, null],
    formula: 'mean |y − ŷ|',
    source: 'scikit-learn mean_absolute_error',
  },
  {
    name: 'rmse',
    title: 'Root mean squared error',
    tasks: ['regression'],
    better: 'lower',
    range: [0, null],
    formula: '√ mean (y − ŷ)²',
    source: 'scikit-learn root_mean_squared_error',
  },
  {
    name: 'r2',
    title: 'R²',
    tasks: ['regression'],
    better: 'higher',
    range: [null, 1],
    formula: '1 − Σ (y − ŷ)² / Σ (y − ȳ)²; for constant y, 1 when every ŷ is right, else 0',
    source: 'scikit-learn r2_score(force_finite=True)',
  },
  {
    name: 'mape',
    title: 'Mean absolute percentage error (1 is 100 %)',
    tasks: ['regression'],
    better: 'lower',
    range: [0, null],
    formula: 'mean |y − ŷ| / max(|y|, 2⁻⁵²)',
    source: 'scikit-learn mean_absolute_percentage_error',
  },
  {
    name: 'median-absolute-error',
    title: 'Median absolute error',
    tasks: ['regression'],
    better: 'lower',
    range: [0, null],
    formula: 'median |y − ŷ|',
    source: 'scikit-learn median_absolute_error',
  },
]

/**
 * The metric of a name.
 * @throws {Failure} `evaluation/unknownMetric` when the task has no such metric
 */
export function metricOf(name: string, task: Task): Metric {
  const known = metrics.filter((metric) => metric.tasks.includes(task))
  const found = known.find((metric) => metric.name === name)
  if (found) return found
  throw fail(
    'unknownMetric',
    `Cannot measure '${name}': a ${task} task has ${known.map((metric) => metric.name).join(', ')}`,
    { details: { metric: name, task } },
  )
}
