import { defineFailures } from '#platform'

/** Errors of endpoints and releases. */
export const fail = defineFailures('deployment', {
  nothingReleased: {
    status: 409,
    means: 'The system has no version in production yet',
    remedy: "Train and release one: run 'millrace run'",
  },
  unknownRelease: {
    status: 404,
    means: 'No release has that id',
    remedy: "List the releases with 'millrace status'",
  },
  releaseEnded: {
    status: 409,
    means: 'The release has come to its end, and a release that ended is never changed',
    remedy: 'Start a new release of the version that should serve',
  },
})
