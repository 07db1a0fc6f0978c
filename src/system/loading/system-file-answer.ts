import type { SystemSpec } from '../schema.ts'

/** What the process that runs a system file answers. */
export type SystemFileAnswer =
  | { readonly kind: 'spec'; readonly spec: SystemSpec }
  | {
      readonly kind: 'failure'
      readonly failure: {
        readonly code: string
        readonly message: string
        readonly status: number
        readonly retry: boolean
        readonly remedy: string
        readonly details: Readonly<Record<string, unknown>>
      }
    }
  | {
      readonly kind: 'syntax' | 'fileThrew' | 'noDefault'
      readonly message: string
      /** Line of the file where it went wrong, from 1; null where unknown. */
      readonly line: number | null
    }
