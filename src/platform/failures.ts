import { defineFailures, isFailure, messageOf, type Failure } from './failure.ts'

/** Makes the platform's expected errors. */
export const fail = defineFailures('platform', {
  diskFull: {
    status: 507,
    retry: true,
    means: 'The disk has no room left, or this user may not write more',
    remedy: 'Free some space, then run the same command again: nothing was half written',
  },
  tooManyBytes: {
    status: 413,
    means: 'A piece of a file is larger than the server takes in one piece',
    remedy: 'Send the file in more pieces, or whole',
  },
  notWritable: {
    status: 500,
    means: 'A folder or file of the store cannot be written',
    remedy: "Give this user the right to write there, or choose another folder with '--store'",
  },
  newerStore: {
    status: 409,
    means: 'The store was written by a newer Millrace',
    remedy: 'Use that version of Millrace or a newer one, or choose another folder with --store',
  },
  otherStore: {
    status: 409,
    means: 'The facts and the folder are not of one store',
    remedy:
      'Set MILLRACE_DATABASE_URL to the database that the folder was made with, or choose a new folder with --store',
  },
  damagedStore: {
    status: 500,
    means: 'The store cannot be read',
    remedy: 'Restore the folder from a backup, or choose another one with --store',
  },
  sealBroken: {
    status: 500,
    means: 'A secret in the store cannot be read with the key of the store',
    remedy: "Restore the file 'secret.key' of the store from where it is kept, or give the secret again",
  },
  databaseUnreachable: {
    status: 503,
    retry: true,
    means: 'PostgreSQL cannot be reached, or the connection to it ended',
    remedy: 'Look whether the server runs and takes more connections, then try again: what is sent again counts once',
  },
  databaseRefused: {
    status: 503,
    means: 'PostgreSQL refuses this user, password or database',
    remedy: 'Correct MILLRACE_DATABASE_URL, or give that user the right to use the database and to create tables in it',
  },
  databaseUnfit: {
    status: 503,
    means: 'PostgreSQL is too old, or the database is not made for all texts',
    remedy: 'Use PostgreSQL 14 or newer and a database with the encoding UTF8',
  },
  databaseBusy: {
    status: 503,
    retry: true,
    means: 'Others have held the database for too long',
    remedy: 'Try again; look for transactions in the database that do not end',
  },
  unstorable: {
    status: 422,
    means:
      'PostgreSQL cannot hold a value: a text with a zero character, one too long for an index, or a number too large',
    remedy: 'Change the value',
  },
  bucketUnreachable: {
    status: 503,
    retry: true,
    means: 'The bucket of the bytes cannot be reached, or its server has trouble',
    remedy: 'Look whether AWS_ENDPOINT_URL_S3 and the network are right, then try again',
  },
  bucketRefused: {
    status: 503,
    means: 'The bucket of the bytes is not there, or refuses what was asked',
    remedy:
      'Correct MILLRACE_BLOBS_URL and the AWS_… variables: reading, writing, listing and deleting must be allowed there',
  },
  bucketShared: {
    status: 409,
    means: 'Several stores keep their bytes in one place of a bucket, and none of them knows what the others need',
    remedy:
      'Give each store a prefix of its own in MILLRACE_BLOBS_URL; where the other is gone for good, remove that object',
  },
  missingBlob: {
    status: 404,
    means: 'Bytes that the store should hold are gone',
    remedy: 'Restore the store from a backup',
  },
  badSql: { status: 422, means: 'DuckDB refused a query', remedy: 'Correct the SQL at the place the message shows' },
  invalidConfig: {
    status: 422,
    means: 'An environment variable has a value that Millrace cannot use',
    remedy: 'Correct or unset the variable',
  },
})

export type PlatformFailureCode = Parameters<typeof fail>[0]

/**
 * Wraps what the machine says about disks and rights into a {@link Failure}; anything else comes back as it is.
 * @param attempt what was being done, such as 'write the model file'
 */
export function storageFailure(attempt: string, error: unknown): unknown {
  if (isFailure(error)) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const text = messageOf(error)
  const make = (kind: Parameters<typeof fail>[0]): Failure => fail(kind, `Cannot ${attempt}: ${text}`, { cause: error })
  if (
    ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code ?? '') ||
    /database or disk is full|no space left|disk full/i.test(text)
  )
    return make('diskFull')
  if (
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    /readonly database|unable to open database/i.test(text)
  )
    return make('notWritable')
  if (/file is not a database|disk image is malformed|malformed database/i.test(text)) return make('damagedStore')
  return error
}
