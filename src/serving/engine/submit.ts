import type { GraphTensor } from '#model'
import { fail } from '../failures.ts'
import type { Buffer1d, Job } from './batch.ts'
import type { Lane } from './model-queue.ts'
import type { Resident } from './open-resident.ts'

/**
 * Hands a request to a model.
 * @param tensors one for each input, in the model's order, of its types and shapes
 * @throws {Failure} `serving/overloaded`, and `serving/badInput` where the inputs differ in their rows
 */
export function submit(
  resident: Pick<Resident, 'inputs' | 'layout' | 'queue'>,
  job: Job,
  options: { readonly tensors: readonly GraphTensor[]; readonly lane?: Lane },
): void {
  const { inputs, layout, queue } = resident
  const { tensors, lane = 'live' } = options
  if (!layout) {
    const feeds = Object.fromEntries(inputs.map(({ name }, place) => [name, tensors[place] as GraphTensor]))
    if (!queue.addAlone(job, feeds, lane)) throw overloaded
    return
  }
  if (tensors.some(({ shape }) => shape[0] !== job.rows))
    throw fail(
      'badInput',
      `Cannot run the model: its inputs have ${[...new Set(tensors.map(({ shape }) => shape[0]))].join(' and ')} rows`,
    )
  const place = queue.place(job.rows, lane)
  if (!place) throw overloaded
  tensors.forEach(({ data }, order) => {
    const buffer = place.batch.buffers[order] as Buffer1d
    const from = place.from * (layout.inputs[order] as { rowSize: number }).rowSize
    if (Array.isArray(buffer)) putTexts(buffer, data as readonly string[], from)
    else (buffer as Float32Array).set(data as Float32Array, from)
  })
  queue.add(job, lane)
}

/** One by one: as arguments of one call, a large request's would not fit the stack. */
function putTexts(buffer: string[], texts: readonly string[], from: number): void {
  for (let i = 0; i < texts.length; i++) buffer[from + i] = texts[i] as string
}

/** One for every refusal: they come by the thousand, just when there is no time to make anything for them. */
export const overloaded = fail('overloaded', 'Cannot answer: as many requests wait for the model as its queue holds')
