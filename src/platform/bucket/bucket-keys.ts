import type { Digest } from '../blobs.ts'

/** What stands where in a bucket, all of it under the prefix of the store. */
export interface BucketKeys {
  /** Before each key: empty, or a path with a slash at its end. */
  readonly prefix: string
  contents(digest: Digest): string
  /** Undefined for keys of anything else. */
  digestOf(key: string): Digest | undefined
  /** Where sweeps set contents aside, each under its own name: what one does there is never another's. */
  readonly aside: {
    /** Before all of it, or all of some contents. */
    prefix(digest?: Digest): string
    digestOf(key: string): Digest | undefined
  }
  /** Before the names of the stores that keep their bytes here. */
  readonly stores: string
}

/** The keys of a store. @param prefix before each of them: empty, or a path with a slash at its end */
export function bucketKeys(prefix: string): BucketKeys {
  const contents = (digest: Digest): string => `${prefix}${digest.slice(0, 2)}/${digest}`
  return {
    prefix,
    contents,
    digestOf: (key) => {
      const digest = /\/([0-9a-f]{64})$/.exec(key)?.[1]
      return digest !== undefined && contents(digest) === key ? digest : undefined
    },
    aside: {
      prefix: (digest) => `${prefix}aside/${digest === undefined ? '' : `${digest}/`}`,
      digestOf: (key) =>
        key.startsWith(prefix)
          ? /^aside\/([0-9a-f]{64})\/sweep_[0-9a-z]+$/.exec(key.slice(prefix.length))?.[1]
          : undefined,
    },
    stores: `${prefix}stores/`,
  }
}
