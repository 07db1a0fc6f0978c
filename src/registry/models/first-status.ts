import type { VersionStatus } from './store/tables.ts'

/**
 * What a version is when it has just been registered: ready at once. A version whose file is to be judged first begins as
 * 'pending' here; its client then asks until it is 'ready', or 'failed' with a message.
 */
export const firstStatus = (): VersionStatus => 'ready'
