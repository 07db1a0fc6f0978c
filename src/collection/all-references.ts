import { blobReferences as dataset } from '#dataset'
import { blobReferences as ingress } from '#ingress'
import { blobReferences as loop } from '#loop'
import type { BlobReferences } from '#platform'
import { blobReferences as quality } from '#quality'
import { blobReferences as registry } from '#registry'
import { blobReferences as serving } from '#serving'
import { blobReferences as tracking } from '#tracking'

/** What every component refers to of the bytes of the store; steps of durable work stand in a file of their own. */
export const allReferences: readonly BlobReferences[] = [ingress, quality, dataset, tracking, registry, serving, loop]
