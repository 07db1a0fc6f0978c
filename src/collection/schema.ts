import { z } from 'zod'

const count = (description: string) => z.number().int().meta({ description })

/** What a collection removed, or would. */
export const collectionReportSchema = z
  .object({
    dryRun: z.boolean().meta({ description: 'Whether it was only counted' }),
    deletedBefore: z.string().meta({ description: 'What was deleted before then went' }),
    experiments: count('Experiments removed'),
    runs: count('Runs removed, with all that was logged to them'),
    loggedModels: count('Logged models removed'),
    files: count('Files of artifacts removed'),
    blobs: count('Contents removed, since nothing refers to them any more'),
    bytesFreed: count('Bytes of those contents'),
    bytesKept: count('Bytes of removed files that stay, since something else refers to them'),
    bytesWaiting: count(
      'Bytes that nothing refers to, but that were put within the last day, or have not stood aside in the bucket for one: a later collection takes them',
    ),
    leftOvers: count('Files removed of uploads that never came to their end'),
    stoppedBy: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).optional().meta({
      description:
        'Why not all bytes were looked at, such as a bucket that lets nothing be deleted: what is counted was done',
    }),
  })
  .meta({ id: 'CollectionReport' })

export type CollectionReport = z.output<typeof collectionReportSchema>
