import type { Inference, TensorSpec } from '../inference/schema.ts'
import { errorAnswer, mlflowError, type MlflowAnswer } from './mlflow-error.ts'
import { predictionsText } from './predictions-text.ts'
import { readCsv } from './read-csv.ts'
import { readJson } from './read-json.ts'
import { frameInputs, jsonInputs, type RequestInputs } from './request-inputs.ts'

/** A request to score rows. */
export interface Invocations {
  readonly inference: Inference
  readonly model: string
  /** The one that serves where absent. */
  readonly version?: string | undefined
  /** Header Content-Type; undefined where there is none. */
  readonly contentType: string | undefined
  /** After any Content-Encoding is undone. */
  readonly body: Buffer
  /** Told of what was not expected, of which the answer says nothing. */
  readonly onUnexpected?: (error: unknown) => void
}

/**
 * Answers `POST /invocations` of MLflow's scoring protocol: JSON of four formats or CSV in, `{"predictions": …}` or
 * MLflow's own errors out. It never throws.
 * @see https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/
 */
export async function answerInvocations(request: Invocations): Promise<MlflowAnswer> {
  const type = contentTypeOf(request.contentType)
  if ('wrong' in type) return errorAnswer(415, type.wrong)
  const { inference, model, version } = request
  try {
    const { inputs: specs } = await inference.modelMetadata(model, version)
    const { inputs, parameters, isFrame } = readInputs(request.body, { type: type.name, specs })
    const { outputs } = await inference.infer({ model, version, inputs, parameters })
    return { status: 200, contentType: 'application/json', body: predictionsText(outputs, { isFrame }) }
  } catch (error) {
    const answer = mlflowError(error)
    if (answer.status === 500) request.onUnexpected?.(error)
    return answer
  }
}

/** Answers `GET /ping` and `GET /health`. */
export async function answerPing(inference: Pick<Inference, 'isReady'>): Promise<MlflowAnswer> {
  const ready = await inference.isReady()
  return { status: ready ? 200 : 404, contentType: 'application/json', body: '\n' }
}

/** Answers `GET /version`: the bare version, as MLflow's own server does. */
export function answerVersion(version: string): MlflowAnswer {
  return { status: 200, contentType: 'application/json', body: version }
}

function readInputs(
  body: Buffer,
  { type, specs }: { readonly type: string; readonly specs: readonly TensorSpec[] },
): RequestInputs {
  if (type === 'application/json') return jsonInputs(readJson(body), specs)
  return { inputs: frameInputs(readCsv(body), specs), parameters: {}, isFrame: true }
}

const contentTypes = ['application/json', 'text/csv']

function contentTypeOf(header = ''): { readonly name: string } | { readonly wrong: string } {
  const [name = '', ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (!contentTypes.includes(name))
    return { wrong: `Cannot read the request: its content type is '${name}', not ${contentTypes.join(' or ')}` }
  const other = parameters.find((parameter) => !/^(?:charset="?utf-8"?)?$/.test(parameter))
  return other === undefined
    ? { name }
    : { wrong: `Cannot read the request: its content type says '${other}', not charset=utf-8` }
}
