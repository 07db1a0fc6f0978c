import type { Field, Signature } from '#model'
import { numberColumn, stringColumn, type Column, type Table } from '#platform'
import type { ScoredTable } from '../score-table.ts'
import type { Datatype, TensorSpec, TensorValue } from './schema.ts'

/** The datatype that carries each type of column, always in the shape [rows, 1]. */
const datatypeOf: Readonly<Record<Field['type'], Datatype>> = {
  numeric: 'FP32',
  boolean: 'FP32',
  timestamp: 'FP64',
  categorical: 'BYTES',
  text: 'BYTES',
}

/** Inputs and outputs of a system's model in the words of the protocol. */
export function systemSpecs({ task, inputs, classes }: Signature): {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
} {
  return {
    inputs: inputs.map(({ name, type }) => ({ name, datatype: datatypeOf[type], shape: [-1, 1] })),
    outputs:
      task === 'regression'
        ? [{ name: 'prediction', datatype: 'FP32', shape: [-1, 1] }]
        : [
            { name: 'label', datatype: 'BYTES', shape: [-1] },
            { name: 'probabilities', datatype: 'FP32', shape: [-1, classes.length] },
          ],
  }
}

/** Tensors of model inputs as a table: NaN and '' are missing values. */
export function tableOfTensors(fields: readonly Field[], tensors: readonly TensorValue[]): Table {
  const columns = fields.map(({ name }): readonly [string, Column] => {
    const { data } = tensors.find((tensor) => tensor.name === name) as TensorValue
    return [
      name,
      ArrayBuffer.isView(data)
        ? numberColumn(data as Float64Array)
        : stringColumn(data.map((text) => (text === '' ? null : text))),
    ]
  })
  return { rowCount: tensors[0]?.shape[0] ?? 0, columns: Object.fromEntries(columns) }
}

/** What a system's model answered, as tensors by name. */
export function tensorsOfScores({ rowCount, scores, label }: ScoredTable): Readonly<Record<string, TensorValue>> {
  if (scores.kind === 'numbers')
    return {
      prediction: {
        name: 'prediction',
        datatype: 'FP32',
        shape: [rowCount, 1],
        data: Float32Array.from(scores.values),
      },
    }
  const { classes, probabilities } = scores
  return {
    label: {
      name: 'label',
      datatype: 'BYTES',
      shape: [rowCount],
      data: Array.from(label?.codes ?? [], (code) => classes[code] as string),
    },
    probabilities: {
      name: 'probabilities',
      datatype: 'FP32',
      shape: [rowCount, classes.length],
      data: Float32Array.from(probabilities),
    },
  }
}
