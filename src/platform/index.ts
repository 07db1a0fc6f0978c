/**
 * Platform: everything under Millrace that knows no machine learning: time, randomness, identifiers, failures, tables of
 * columns, and the stores for facts, bytes and tables.
 */
export * from './canonical-json.ts'
export * from './clock.ts'
export * from './duration.ts'
export * from './failure.ts'
export * from './ids.ts'
export * from './random.ts'
export * from './table.ts'
export * from './blobs.ts'
export * from './config.ts'
export * from './database.ts'
export * from './lake.ts'
export * from './log.ts'
export * from './workspace.ts'
export { storageFailure } from './failures.ts'
