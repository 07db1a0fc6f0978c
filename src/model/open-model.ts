import { fail } from './failures.ts'
import { tensorTypeOf } from './model-interface.ts'
import type { GraphSession } from './graph-session.ts'
import { openSession } from './open-session.ts'
import type { Field, Model, Signature } from './schema.ts'
import { scoringModel } from './scoring-model.ts'
import { batchRowsOf, readSignature } from './signature.ts'

/**
 * Opens an ONNX file for scoring. Rows are scored in batches, so memory does not grow with the table.
 * @param options.threads threads that one batch is spread over, 1 where absent: more than the idle cores is far slower
 * @throws {Failure} `model/unreadable`, `model/noSignature` or `model/wrongGraph`
 */
export async function openModel(bytes: Uint8Array, options: { readonly threads?: number } = {}): Promise<Model> {
  const signature = readSignature(bytes)
  const batchRows = batchRowsOf(bytes)
  const session = await openSession(bytes, options)
  try {
    checkGraph(session, signature)
  } catch (error) {
    await session.release()
    throw error
  }
  return scoringModel({ session, signature, batchRows })
}

/**
 * Holds a graph against the signature in its file.
 * @throws {Failure} `model/wrongGraph`
 */
export function checkGraph(session: Pick<GraphSession, 'inputs' | 'outputs'>, { task, inputs }: Signature): void {
  const types = new Map(session.inputs.map(({ name, type }) => [name, type as string] as const))
  for (const field of inputs) checkInput(field, types.get(field.name))
  const extra = session.inputs.find(({ name }) => !inputs.some((field) => field.name === name))?.name
  if (extra !== undefined)
    throw fail('wrongGraph', `Cannot use the model: its graph takes '${extra}', its signature does not`)
  const outputs = task === 'regression' ? ['prediction'] : ['label', 'probabilities']
  const absent = outputs.find((name) => !session.outputs.some((output) => output.name === name))
  if (absent !== undefined) throw fail('wrongGraph', `Cannot use the model: its graph gives no '${absent}'`)
}

function checkInput(field: Field, found: string | undefined): void {
  const type = tensorTypeOf[field.type]
  const wanted = type === 'float' ? 'float32' : type === 'double' ? 'float64' : type
  if (found === undefined) throw fail('wrongGraph', `Cannot use the model: its graph takes no input '${field.name}'`)
  if (found !== wanted)
    throw fail(
      'wrongGraph',
      `Cannot use the model: its input '${field.name}' is ${found}, a ${field.type} column is ${wanted}`,
    )
}
