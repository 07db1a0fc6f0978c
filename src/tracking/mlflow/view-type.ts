import type { LifecycleState } from '../schema.ts'
import type { Message } from './message.ts'

/** Which of what was deleted and what was not a request wants to see. */
export function viewOf(message: Message, field = 'view_type'): readonly LifecycleState[] {
  const view = message.choice(field, ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']) ?? 'ACTIVE_ONLY'
  return { ACTIVE_ONLY: ['active'] as const, DELETED_ONLY: ['deleted'] as const, ALL: ['active', 'deleted'] as const }[
    view
  ]
}
