import { z } from 'zod'

/** How requests are answered, and what the prediction log keeps of them. It takes effect when it is applied, without a release. */
export const servingSchema = z.strictObject({
  log: z
    .strictObject({
      sample: z.number().gt(0).max(1).default(1).meta({
        description:
          'Share of the predictions that is kept, chosen by their ids. One that is not kept takes no outcome, and neither monitoring nor a release counts it: both judge by the kept ones, so `minSamples` outcomes take 1/sample times as many predictions',
      }),
      withhold: z.array(z.string().min(1).max(255)).default([]).meta({
        description:
          'Inputs that are never written to the log: models see them, monitoring does not. A column of the entity cannot be withheld: outcomes find their prediction by it',
      }),
    })
    .prefault({}),
  timeoutMs: z.number().int().min(1).max(600_000).optional().meta({
    description: 'A request that waits for the model longer than this is answered with 504; none is where absent',
  }),
  maxQueueDelayMs: z.number().min(0).max(1000).optional().meta({
    description: 'How long the first request of a batch waits for others; what the server says where absent',
  }),
})

export type ServingSpec = z.output<typeof servingSchema>
