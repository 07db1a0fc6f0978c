import { defineFailures } from '#platform'

/** Errors of watching models. */
export const fail = defineFailures('monitoring', {
  binsDiffer: {
    status: 422,
    means: 'Two histograms or profiles do not count the same bins',
    remedy: 'Profile both windows with one binning',
  },
  noCounts: {
    status: 422,
    means: 'A histogram or a sample is empty',
    remedy: 'Compare windows that hold rows',
  },
})
