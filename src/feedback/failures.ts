import { defineFailures } from '#platform'

/** Errors of outcomes. A row that cannot be taken is refused by itself, in the receipt. */
export const fail = defineFailures('feedback', {
  noOutcomes: {
    status: 422,
    means: 'The request holds no outcome',
    remedy: 'Send at least one: { outcomes: [{ predictionId, outcome }] }',
  },
  missingFile: {
    status: 404,
    means: 'The file of outcomes is not there or cannot be read',
    remedy: 'Check the path and the rights of the file',
  },
  unreadableFile: {
    status: 422,
    means: 'The file of outcomes is not CSV, Parquet, JSON or NDJSON that can be read',
    remedy: 'Name it .csv, .parquet, .json or .ndjson, encoded as UTF-8, and correct the place that the message shows',
  },
  missingColumn: {
    status: 422,
    means: 'The file of outcomes lacks a column that is needed',
    remedy: "Give it 'prediction_id', or each column of the system's entity, and 'outcome' or the target's own name",
  },
})
