import { readSignature } from '#model'
import { seededRandom, systemClock, type Clock } from '#platform'
import { learnableData } from './learnable-data.ts'
import type { TrainedCandidate, TrainingContext, TrainingData, TrainingOrder } from './schema.ts'
import { trainerParameters } from './trainer-parameters.ts'
import { trainerOf } from './trainers.ts'
import { tuneParameters } from './tune/tune-parameters.ts'

/** What training can be watched and stopped with. */
export interface TrainingWatch extends Pick<TrainingContext, 'signal' | 'onProgress'> {
  /** What its seconds are measured by; the machine's clock where absent. */
  readonly clock?: Clock
}

/**
 * Trains one candidate in the calling thread: checks data and parameters, tunes where ordered, fits on all rows.
 * @throws {Failure} of `learnableData`, `trainerParameters`, `tuneParameters` or the trainer
 */
export async function trainInPlace(
  data: TrainingData,
  order: TrainingOrder,
  { signal, onProgress, clock = systemClock }: TrainingWatch = {},
): Promise<TrainedCandidate> {
  const [start, cpuStart] = [clock.now(), cpuUsage()]
  const trainer = trainerOf(order.kind)
  const given = trainerParameters(trainer, order.params)
  const { data: learnable, warnings } = learnableData(trainer, data)
  const random = seededRandom(order.seed)
  const context: TrainingContext = { random, ...(signal && { signal }), ...(onProgress && { onProgress }) }
  signal?.throwIfAborted()
  const fixed = Object.keys(order.params ?? {})
  const tuned = order.tune
    ? await tuneParameters(trainer, learnable, { ...order.tune, params: given, fixed, clock, context })
    : undefined
  const params = tuned?.params ?? given
  const fitted = await trainer.fit(learnable, { ...params }, { ...context, random: random.fork('fit') })
  signal?.throwIfAborted()
  return {
    kind: order.kind,
    onnx: new Uint8Array(fitted.onnx),
    signature: readSignature(fitted.onnx),
    facts: fitted.facts,
    warnings,
    importance: fitted.importance,
    params,
    ...(tuned && { trials: tuned.trials }),
    seed: order.seed,
    rows: learnable.table.rowCount,
    seconds: (clock.now() - start) / 1000,
    cpuMs: cpuUsage(cpuStart),
  }
}

/** Milliseconds of a processor that this thread has used, less `since`; those of the process before Node 23.9. */
function cpuUsage(since = 0): number {
  const { user, system } = 'threadCpuUsage' in process ? process.threadCpuUsage() : cpuOfProcess()
  return (user + system) / 1000 - since
}

const cpuOfProcess = (): NodeJS.CpuUsage => process.cpuUsage()
