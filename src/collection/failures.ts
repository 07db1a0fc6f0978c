import { defineFailures } from '#platform'

/** Errors of collecting. */
export const fail = defineFailures('collection', {
  underWay: {
    status: 409,
    retry: true,
    means: 'What was deleted is being collected already',
    remedy: 'Wait until that collection has ended; it does what this one would do',
  },
})
