import { InferenceSession } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { identityModel } from '../fixtures/protocol-models.ts'
import { datatypes, elementCount } from './datatypes.ts'
import { fromOrt, toOrt } from './ort-tensor.ts'
import { decodeRaw, encodeRaw } from './raw-tensor.ts'
import type { Datatype, TensorValue } from './schema.ts'

test.each(Object.keys(datatypes) as Datatype[])(
  'fromOrt() gives back the bits of the %s values that went through a model by toOrt()',
  async (datatype) => {
    const session = await InferenceSession.create(identityModel(datatype), { intraOpNumThreads: 1 })
    const spec = { name: 'INPUT0', datatype, shape: [5] }
    const bytes = Buffer.from(
      Array.from({ length: 5 * datatypes[datatype].bytes }, (_, k) =>
        datatype === 'BOOL' ? k % 2 : (k * 37 + 11) % 256,
      ),
    )
    const value: TensorValue =
      datatype === 'BYTES' ? { ...spec, data: ['', 'a', 'ñ', '🛫', '0'] } : decodeRaw(spec, bytes)
    const { OUTPUT0 } = await session.run({ INPUT0: toOrt(value) })
    const read = fromOrt('OUTPUT0', OUTPUT0 as Parameters<typeof fromOrt>[1])
    expect(encodeRaw(read)).toEqual(encodeRaw(value))
    expect([read.datatype, elementCount(read), read.data.constructor]).toEqual([datatype, 5, value.data.constructor])
    await session.release()
  },
)
