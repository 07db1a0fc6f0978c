import type { EpochMs } from '../clock.ts'
import { encoded, type Send } from './requests.ts'
import { elementsIn, textIn } from './s3-xml.ts'

/** An object of a bucket, as a list tells of it. */
export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
  /** When it was put or copied there; of one that came in parts, when the first was begun. */
  readonly modifiedMs: EpochMs
}

/** An upload in parts that has not ended. */
export interface BegunUpload {
  readonly key: string
  readonly id: string
  readonly beganMs: EpochMs
}

/** Objects whose keys begin so, page by page. */
export async function* listObjects(
  send: Send,
  { prefix, listKeys }: { readonly prefix: string; readonly listKeys: number },
): AsyncGenerator<readonly StoredObject[], undefined> {
  for (let token: string | undefined = ''; token !== undefined;) {
    const xml = await pageOf(send, {
      'list-type': '2',
      prefix,
      'max-keys': String(listKeys),
      ...(token !== '' && { 'continuation-token': token }),
    })
    yield elementsIn(xml, 'Contents').map((entry) => ({
      key: textIn(entry, 'Key') ?? '',
      sizeBytes: Number(textIn(entry, 'Size')),
      modifiedMs: Date.parse(textIn(entry, 'LastModified') ?? ''),
    }))
    token = (isCut(xml) && textIn(xml, 'NextContinuationToken')) || undefined
  }
}

/** Uploads in parts of objects whose keys begin so. */
export async function* listUploads(send: Send, prefix: string): AsyncGenerator<readonly BegunUpload[], undefined> {
  for (let from: Readonly<Record<string, string>> | undefined = {}; from !== undefined;) {
    const xml = await pageOf(send, { uploads: '', prefix, ...from })
    yield elementsIn(xml, 'Upload').map((entry) => ({
      key: textIn(entry, 'Key') ?? '',
      id: textIn(entry, 'UploadId') ?? '',
      beganMs: Date.parse(textIn(entry, 'Initiated') ?? ''),
    }))
    const [key, id] = [textIn(xml, 'NextKeyMarker'), textIn(xml, 'NextUploadIdMarker')]
    from = isCut(xml) && key && id ? { 'key-marker': key, 'upload-id-marker': id } : undefined
  }
}

async function pageOf(send: Send, parameters: Readonly<Record<string, string>>): Promise<string> {
  const query = Object.entries(parameters).map(([name, value]) => (value === '' ? name : `${name}=${encoded(value)}`))
  const attempt = 'uploads' in parameters ? 'list the uploads in the bucket' : 'list the bucket'
  return (await send({ method: 'GET', key: '', query: `?${query.join('&')}`, attempt })).text
}

const isCut = (xml: string): boolean => textIn(xml, 'IsTruncated') === 'true'
