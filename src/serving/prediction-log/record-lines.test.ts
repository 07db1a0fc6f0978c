import { expect, test } from 'vitest'
import { LineWriter } from './line-writer.ts'
import { readLine } from './log-line.ts'
import { linePrefix, outputTexts, recordRows, wideRow } from './record-lines.ts'

test.each(['y', 'constructor', '__proto__', 'größer'])(
  'recordRows() writes narrow and wide outputs named %s',
  (name) => {
    for (const width of [2, wideRow + 1]) {
      const y = Float32Array.from({ length: 2 * width }, (_, place) => place / 2)
      const outputs = Object.fromEntries([[name, { type: 'float32' as const, shape: [2, width], data: y }]])
      const batch = { rows: 2, jobs: [], capacity: 2, buffers: [Float32Array.of(1, 2)] }
      const layout = { inputs: [{ name: 'x', type: 'float32' as const, rowShape: [], rowSize: 1 }] }
      const head = { prefix: linePrefix('m@1'), id: 'p', atMs: 5, requestId: undefined }
      const run = { outputs, from: 1, batch }
      const lines = [undefined, { inputs: ['[2]'], outputs: outputTexts(outputs, 1) }].map((texts) => {
        const writer = new LineWriter()
        recordRows(writer, { head, rows: 1, layout, ...(texts && { texts }) }, run)
        return writer.bytes().toString()
      })
      expect(lines[1]).toBe(lines[0])
      expect(readLine((lines[0] as string).trimEnd())).toEqual({ id: 'p', atMs: 5 })
      const row = y.subarray(width)
      const written =
        width > wideRow ? Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('base64') : [...row]
      expect(JSON.parse(lines[0] as string)).toMatchObject({ inputs: { x: [2] } })
      expect(Object.entries((JSON.parse(lines[0] as string) as { outputs: object }).outputs)).toEqual([[name, written]])
    }
  },
)
