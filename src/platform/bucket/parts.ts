import { encoded, refusal, type Asked, type Send } from './requests.ts'
import { textIn } from './s3-xml.ts'

/** A stretch of an object, and the query by which it is sent. */
export interface Part {
  readonly from: number
  readonly sizeBytes: number
  readonly query: string
}

/**
 * Makes an object of parts, one after the other: it is there once all of them are, and nothing of it where one fails.
 * @param options.send sends a part, and gives the tag that the server answers
 */
export async function makeOfParts(
  send: Send,
  key: string,
  options: {
    readonly sizeBytes: number
    readonly partBytes: number
    readonly sendPart: (part: Part) => Promise<string>
  },
): Promise<void> {
  const { sizeBytes, sendPart } = options
  const { text: began } = await send({ method: 'POST', key, query: '?uploads' })
  const upload = encoded(textIn(began, 'UploadId') ?? '')
  try {
    const partBytes = Math.max(options.partBytes, Math.ceil(sizeBytes / mostParts))
    const tags: string[] = []
    for (let from = 0; from < sizeBytes; from += partBytes) {
      const query = `?partNumber=${tags.length + 1}&uploadId=${upload}`
      tags.push(await sendPart({ from, sizeBytes: Math.min(partBytes, sizeBytes - from), query }))
    }
    const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join('')
    const body = Buffer.from(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`)
    const done: Asked = { method: 'POST', key, query: `?uploadId=${upload}`, body }
    const { text } = await send(done)
    // The status came before the parts were put together.
    if (text.includes('<Error>')) throw refusal(done, { status: 500, text })
  } catch (error) {
    await abortUpload(send, { key, id: upload }).catch(() => undefined)
    throw error
  }
}

/** Ends an upload in parts; fine where it has ended. */
export async function abortUpload(send: Send, { key, id }: { readonly key: string; readonly id: string }) {
  await send({ method: 'DELETE', key, query: `?uploadId=${id}`, allows: [404] })
}

const mostParts = 10_000
