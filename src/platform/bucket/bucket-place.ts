import { systemClock } from '../clock.ts'
import type { Blobs } from '../blobs.ts'
import type { Config } from '../config.ts'
import { systemIds } from '../ids.ts'
import { fail } from '../failures.ts'
import { bucketBlobs } from './bucket-blobs.ts'
import { bucketKeys } from './bucket-keys.ts'
import { openBucket } from './open-bucket.ts'
import type { BucketAddress } from './requests.ts'
import { recentFiles } from './recent-files.ts'

/** A place for bytes in a bucket. */
export interface BucketPlace extends BucketAddress {
  /** Before each key: empty, or a path with a slash at its end. */
  readonly prefix: string
  /** Size of the files that are kept on this machine too. */
  readonly cacheBytes: number
}

/**
 * The place that an environment names; undefined where it names none.
 * @throws {Failure} `platform/invalidConfig` without credentials
 */
export function bucketOf(config: Config): BucketPlace | undefined {
  const { MILLRACE_BLOBS_URL: url, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = config
  if (url === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw fail(
      'invalidConfig',
      'Cannot start: MILLRACE_BLOBS_URL is set, AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not',
    )
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(url) ?? []
  return {
    bucket,
    prefix: path === '' ? '' : `${path}/`,
    endpoint: config.AWS_ENDPOINT_URL_S3,
    region: config.AWS_REGION ?? 'us-east-1',
    accessKeyId,
    secretAccessKey,
    sessionToken: config.AWS_SESSION_TOKEN,
    cacheBytes: config.MILLRACE_BLOBS_CACHE_MB * 1_048_576,
  }
}

/** Bytes in a bucket, with those that were used lately in a folder. */
export function blobsInBucket(
  place: BucketPlace,
  options: { readonly folder: string; readonly files: Blobs; readonly storeName: () => Promise<string> },
): Blobs {
  const { folder, files, storeName } = options
  return bucketBlobs({
    bucket: openBucket(place),
    keys: bucketKeys(place.prefix),
    folder: files,
    recent: recentFiles(folder, { clock: systemClock, mostBytes: place.cacheBytes }),
    storeName,
    clock: systemClock,
    ids: systemIds(systemClock),
  })
}
