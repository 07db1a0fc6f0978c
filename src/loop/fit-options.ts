import type { Dataset } from '#dataset'
import type { SystemVersion } from '#system'
import type { TrainingPool } from '#training'
import type { LearningRows } from './learning-rows.ts'

/** What every candidate of one training is fitted with. */
export interface FitOptions {
  readonly system: SystemVersion
  readonly dataset: Dataset
  readonly rows: LearningRows
  /** Names this training for ever, so that a resumed one finds its runs again. */
  readonly key: string
  /** Whether tuning may stop by the machine's clock; never in a rehearsal, which must repeat. */
  readonly byTheClock: boolean
  readonly pool: TrainingPool
  readonly signal?: AbortSignal | undefined
  readonly tell?: (text: string) => void
}
