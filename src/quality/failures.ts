import { defineFailures } from '#platform'

/** Makes the expected errors of quality. */
export const fail = defineFailures('quality', {
  unknownColumn: {
    status: 422,
    means: 'A column that shall be profiled is not among the data',
    remedy: 'Correct the name, or profile the columns that are there',
  },
  profilesDiffer: {
    status: 409,
    means: 'Profiles that shall be added up count different columns, or count them in different bins',
    remedy: 'Profile all windows with the same binning',
  },
  badCheck: {
    status: 422,
    means: 'A check of the system cannot be asked of any data',
    remedy: "Correct the check under 'checks' in the system file",
  },
  unknownQuarantine: {
    status: 404,
    means: 'No rows were quarantined under that id',
    remedy: 'Take an id from the list of quarantined rows',
  },
})
