/**
 * Loop: what happens when. Prepares data, trains up the ladder, judges, registers, releases, concludes windows, decides
 * on retraining. Everything that decides is a pure function; everything that acts is a step that can be done again.
 * Tables: `loop_trainings`, `loop_arm_windows`. Emits nothing of its own: the parts record what they do.
 *
 * This is all that a turn does, live or in rehearsal; `#loop/live` is what a server starts with.
 *
 * Invariants: live and rehearsal run the same {@link tick}; a killed turn goes on at the step where it was cut short.
 */
export { atOnce } from './schema.ts'
export type { CycleProgress, CycleResult, FittedCandidate, Step } from './schema.ts'
export { decideRetrain } from './decide-retrain.ts'
export type { RaisedSignal, RetrainRuling, RetrainState } from './decide-retrain.ts'
export { prepareData } from './prepare-data.ts'
export type { PreparedData } from './prepare-data.ts'
export { armSums, placesWhere, takeScores, takeTruth } from './arm-rows.ts'
export type { ArmRows, ArmSums } from './arm-rows.ts'
export { concludeWindow } from './conclude-window.ts'
export type { WindowEvidence, WindowSpan } from './conclude-window.ts'
export { readReference } from './reference.ts'
export type { Reference } from './reference.ts'
export { tick } from './tick.ts'
export type { TickOptions, TickResult } from './tick.ts'
export { championOf } from './train-cycle.ts'
export { readTrainings } from './store.ts'
export type { Training } from './store.ts'
export { blobReferences } from './blob-references.ts'
