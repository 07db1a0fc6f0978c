import { makeOfParts } from './parts.ts'
import { pathOfKey, refusal, type Asked, type Send } from './requests.ts'
import { textIn } from './s3-xml.ts'

/**
 * Copies an object on the server that has it, in parts where it is large.
 * @param source the bucket, a slash, and the key
 */
export async function copyObject(
  send: Send,
  source: string,
  to: { readonly key: string; readonly sizeBytes: number; readonly copyBytes: number },
): Promise<void> {
  const { key, sizeBytes, copyBytes } = to
  const headers = { 'x-amz-copy-source': pathOfKey(source) }
  const copied = async (more: Partial<Asked>): Promise<string> => {
    const asked: Asked = { method: 'PUT', key, headers, attempt: `copy to '${key}' in the bucket`, ...more }
    const { text } = await send(asked)
    // The status came before the bytes were copied.
    if (text.includes('<Error>')) throw refusal(asked, { status: 500, text })
    const tag = textIn(text, 'ETag')
    // A server that knows of no copies has put an empty object.
    if (tag === undefined) throw refusal(asked, { status: 405, text: '<Code>the server copies nothing</Code>' })
    return tag
  }
  if (sizeBytes <= copyBytes) await copied({})
  else
    await makeOfParts(send, key, {
      sizeBytes,
      partBytes: copyBytes,
      sendPart: ({ from, sizeBytes: bytes, query }) =>
        copied({
          query,
          headers: { ...headers, 'x-amz-copy-source-range': `bytes=${from}-${from + bytes - 1}` },
        }),
    })
}
