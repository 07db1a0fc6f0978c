import type { Digest } from '../blobs.ts'
import type { Clock } from '../clock.ts'
import { isFailure, type Failure } from '../failure.ts'
import { fail } from '../failures.ts'
import type { SweepOptions, Swept } from '../sweep-blobs.ts'
import type { BucketKeys } from './bucket-keys.ts'
import { fewAtATime } from './few-at-a-time.ts'
import type { StoredObject } from './lists.ts'
import type { Bucket } from './open-bucket.ts'

export interface SweptBucket {
  readonly bucket: Bucket
  readonly keys: BucketKeys
  readonly clock: Clock
  /** What this sweep sets contents aside as, such as 'sweep_01j…': no other has the same. */
  readonly name: string
  /** The key by which the store whose facts are asked says that its bytes stand in the bucket. */
  readonly store: string
}

/**
 * Takes away the bytes of a bucket that nothing refers to, in two sweeps that lie a day apart.
 *
 * Nothing in a bucket tells that contents were relied on just now. So one sweep sets aside what is older than a day: copied
 * under a name that no other sweep uses, then removed at its place. A later one takes for good what has stood aside for a
 * day while nothing came to refer to it, and brings back the rest. Those who read look aside too, those who put do not.
 * A dry run counts what a sweep would take for good now, as the sweep itself does; all else that nothing refers to waits.
 */
export async function sweepBucket(at: SweptBucket, options: SweepOptions): Promise<Swept> {
  const { dryRun = false } = options
  // A fact that comes after the others were asked is of bytes that were relied on later than this.
  const before = at.clock.now() - dayMs
  const referred = await options.referred()
  const counts = { blobs: 0, bytesFreed: 0, bytesWaiting: 0, leftOvers: 0 }
  const failed: Failure[] = []
  const sweep = { ...at, before, dryRun, referred, counts, failed }
  try {
    await holdAlone(sweep)
    await takeFromAside(sweep)
    await setAside(sweep)
    await abortLeftOvers(sweep)
  } catch (error) {
    failed.push(ofBucket(error))
  }
  return { ...counts, ...(failed[0] && { stoppedBy: failed[0] }) }
}

/** A sweep under way. */
interface Sweep extends SweptBucket {
  readonly before: number
  readonly dryRun: boolean
  readonly referred: ReadonlySet<Digest>
  readonly counts: { -readonly [Name in 'blobs' | 'bytesFreed' | 'bytesWaiting' | 'leftOvers']: number }
  /** What the server refused. */
  readonly failed: Failure[]
}

/** Sees to it that no other store has its bytes here: this one's facts do not tell what that one needs. */
async function holdAlone({ bucket, keys, store, dryRun }: Sweep): Promise<void> {
  if (!dryRun) await bucket.put(store, Buffer.alloc(0))
  for await (const page of bucket.list(keys.stores))
    for (const { key } of page)
      if (key !== store)
        throw fail('bucketShared', `Cannot sweep the bucket: another store has its bytes there too, says '${key}'`)
}

async function takeFromAside(sweep: Sweep): Promise<void> {
  const { bucket, keys, before, dryRun, referred, counts } = sweep
  for await (const page of bucket.list(keys.aside.prefix()))
    await fewAtATime(page, async (object) => {
      const digest = keys.aside.digestOf(object.key)
      if (digest === undefined) return
      if (referred.has(digest)) {
        if (!dryRun) await bringBack(sweep, digest, object)
      } else if (object.modifiedMs < before) {
        if (!dryRun) await bucket.remove(object.key)
        counts.blobs++
        counts.bytesFreed += object.sizeBytes
      } else counts.bytesWaiting += object.sizeBytes
    })
}

/** What was set aside within the last day stays there too: who set it aside may be about to remove it at its place. */
async function bringBack({ bucket, keys, before }: Sweep, digest: Digest, object: StoredObject): Promise<void> {
  const { key, sizeBytes, modifiedMs } = object
  const place = keys.contents(digest)
  if ((await bucket.sizeBytes(place)) === undefined && !(await bucket.copy(key, { key: place, sizeBytes }))) return
  if (modifiedMs < before) await bucket.remove(key)
}

async function setAside(sweep: Sweep): Promise<void> {
  const { bucket, keys, clock, name, before, dryRun, referred, counts, failed } = sweep
  for await (const page of bucket.list(keys.prefix))
    await fewAtATime(page, async ({ key, sizeBytes, modifiedMs }) => {
      const digest = keys.digestOf(key)
      if (digest === undefined || referred.has(digest)) return
      counts.bytesWaiting += sizeBytes
      if (dryRun || !(modifiedMs < before)) return
      const began = clock.now()
      const aside = `${keys.aside.prefix(digest)}${name}`
      const copied = await bucket.copy(key, { key: aside, sizeBytes }).catch((error: unknown) => {
        const failure = ofBucket(error)
        if (failure.code !== 'platform/bucketRefused') throw failure
        // One that is archived, say: the others go all the same.
        failed.push(failure)
        return false
      })
      // The copy's time says since when nobody finds it at its place: whoever did has the rest of a day for the fact.
      if (copied && clock.now() - began < hourMs) await bucket.remove(key)
    })
}

async function abortLeftOvers({ bucket, keys, before, dryRun, counts }: Sweep): Promise<void> {
  for await (const page of bucket.uploads(keys.prefix))
    for (const upload of page) {
      const isOurs = (keys.digestOf(upload.key) ?? keys.aside.digestOf(upload.key)) !== undefined
      if (!isOurs || !(upload.beganMs < before)) continue
      if (!dryRun) await bucket.abort(upload)
      counts.leftOvers++
    }
}

function ofBucket(error: unknown): Failure {
  if (isFailure(error) && error.code.startsWith('platform/bucket')) return error
  throw error
}

const hourMs = 3_600_000
const dayMs = 86_400_000
