import { createHash } from 'node:crypto'
import type { Ids } from '#platform'

/** A new id in the form that clients of MLflow expect of runs and models: 32 digits of base 16. */
export const hexId = (ids: Ids, kind: string): string =>
  createHash('sha256').update(ids.next(kind)).digest('hex').slice(0, 32)
