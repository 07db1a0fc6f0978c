import type { SystemInput } from '../schema.ts'

type ReleaseInput = NonNullable<SystemInput['release']>
type CanaryInput = Extract<ReleaseInput, { strategy: 'canary' }>

/** All traffic moves to a new version at once. */
export const bigBang = (): ReleaseInput => ({ strategy: 'big-bang' })

/** Traffic moves to a new version step by step; each step is judged by outcomes before the next. */
export const canary = (options: Omit<CanaryInput, 'strategy'> = {}): ReleaseInput => ({
  ...options,
  strategy: 'canary',
})
