/**
 * Collection: what was deleted goes for good once it can no longer be restored, and with it the bytes that nothing refers
 * to any more. Has no tables: it asks every component for what that refers to.
 *
 * Invariants: nothing goes that any fact refers to; a collection that is cut short leaves nothing half visible, and the
 * next one goes on with it; others write meanwhile.
 */
export type { CollectionReport } from './schema.ts'
export { collect } from './collect.ts'
export type { CollectOptions } from './collect.ts'
export { keepCollected } from './keep-collected.ts'
export { collectionRoutes } from './routes.ts'
