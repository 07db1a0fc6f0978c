import type { GraphTensor } from '#model'
import type { EpochMs } from '#platform'
import type { FastHandler, FastRequest, Respond } from '../door/fast-connection.ts'
import type { RequestHead } from '../door/read-head.ts'
import { isAsciiText, type FastAnswer } from '../door/write-answer.ts'
import type { Job, RecordedRun, RunOutputs } from '../engine/batch.ts'
import type { Resident } from '../engine/open-resident.ts'
import type { RowLayout } from '../engine/row-layout.ts'
import { overloaded } from '../engine/submit.ts'
import type { LineWriter } from '../prediction-log/line-writer.ts'
import { keyOf } from '../repository/catalogue.ts'
import type { FileModels } from '../repository/file-models.ts'
import type { ModelFile } from '../repository/store.ts'
import { answerV2, failureAnswer, type V2Answer, type V2Options } from './answer-v2.ts'
import { linePrefix, outputTexts, recordRows, wideRow } from '../prediction-log/record-lines.ts'
import { framedScanner, type JsonScanner } from './scan-framed.ts'
import type { ScannedInfer } from './scan-infer.ts'
import { binaryScanner, type BinaryScanner } from './scan-binary.ts'
import { outputWriter, type OutputWriter } from './write-outputs.ts'

export interface FastInferOptions extends V2Options {
  readonly models: FileModels
  readonly clock: { now(): EpochMs }
  readonly nextId: () => string
}

/**
 * Who answers requests for inference at the fast door: `POST /v2/models/{model}[/versions/{version}]/infer`.
 *
 * A request of the plainest form goes from its bytes straight into the model's batch; every other one, and whatever is
 * wrong, is answered by {@link answerV2} like at the complete server.
 */
export function fastInfer(options: FastInferOptions): (head: RequestHead) => FastHandler | undefined {
  const { models } = options
  const kept = new WeakMap<Resident, FastModel>()
  const fastModel = (file: ModelFile, resident: Resident): FastModel => {
    const known = kept.get(resident)
    if (known) return known
    const made = newFastModel(file, resident)
    kept.set(resident, made)
    return made
  }
  return (head) => {
    const match = inferPath.exec(head.target)
    if (head.method !== 'POST' || !match || isEncoded(head)) return undefined
    const [, name, version] = match as unknown as [string, string, string | undefined]
    const headerLength = headerLengthOf(head)
    return (request, respond) => {
      const file = headerLength === 0 ? undefined : models.catalogue.find(name, version)
      const resident = file && models.peek(file)
      // Halves have no form in JSON: the complete reader says so.
      if (!file || !resident?.layout || resident.outputs.some(({ type }) => type === 'float16'))
        return void answerSlowly(request, respond, options)
      const model = fastModel(file, resident)
      const cameMs = performance.now()
      const place = (rows: number) => resident.queue.place(rows)
      const scanned =
        headerLength === null
          ? model.scanJson(request.body, place)
          : model.scanBinary(request.body, headerLength, place)
      if (scanned === 'full') return respond(refusal)
      if (scanned === 'unusual' || !knowsOutputs(scanned, model)) return void answerSlowly(request, respond, options)
      const id = options.nextId()
      resident.queue.add(
        new InferJob(model, { scanned, respond, cameMs, id, body: request.body, atMs: options.clock.now() }),
      )
    }
  }
}

const inferPath = /^\/v2\/models\/([A-Za-z0-9][A-Za-z0-9._-]*)(?:\/versions\/(\d{1,9}))?\/infer$/

/** How much of a body is JSON: null for all of it, 0 for what the complete reader has to look at. */
function headerLengthOf({ headers }: RequestHead): number | null {
  const text = headers['inference-header-content-length']
  if (text === undefined) return null
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}

const isEncoded = ({ headers }: RequestHead): boolean => (headers['content-encoding'] ?? 'identity') !== 'identity'

const knowsOutputs = ({ outputs: wanted }: ScannedInfer, { outputs }: FastModel): boolean =>
  wanted === undefined || wanted.every((name) => outputs.has(name))

async function answerSlowly({ head, body }: FastRequest, respond: Respond, options: V2Options): Promise<void> {
  const { method, target: path, headers } = head
  respond(fastAnswer(await answerV2({ method, path, headers, body: Buffer.from(body) }, options)))
}

const refusal = fastAnswer(failureAnswer(overloaded))

function fastAnswer({ status, contentType, body, headerLength, retryAfter }: V2Answer) {
  const headers =
    (headerLength === undefined ? '' : `Inference-Header-Content-Length: ${headerLength}\r\n`) +
    (retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`)
  return { status, contentType, body, headers }
}

/** What answers and lines of a version have in common. */
interface FastModel {
  readonly layout: RowLayout
  /** In the model's order. */
  readonly outputs: ReadonlyMap<string, OutputWriter>
  /** Start of an answer. */
  readonly head: string
  readonly linePrefix: string
  readonly isNarrow: boolean
  /** Whether its answers are of ASCII alone, but for the caller's name of the request. */
  readonly isAscii: boolean
  readonly scanJson: JsonScanner
  readonly scanBinary: BinaryScanner
}

function newFastModel(file: ModelFile, { layout, outputs }: Resident): FastModel {
  return {
    layout: layout as RowLayout,
    outputs: new Map(outputs.map(({ name }) => [name, outputWriter(name)])),
    head: `{"model_name":${JSON.stringify(file.name)},"model_version":"${file.version}",`,
    linePrefix: linePrefix(keyOf(file)),
    isNarrow: (layout as RowLayout).inputs.every(({ rowSize }) => rowSize <= wideRow),
    isAscii: outputs.every(({ name, type }) => isAsciiText(name) && type !== 'string'),
    scanJson: framedScanner(layout as RowLayout),
    scanBinary: binaryScanner(layout as RowLayout),
  }
}

interface InferJobOptions {
  readonly scanned: ScannedInfer
  readonly body: Buffer
  readonly respond: Respond
  readonly cameMs: number
  readonly id: string
  readonly atMs: EpochMs
}

/** A request on its way through a batch. A class, since a server makes tens of thousands of these a second. */
class InferJob implements Job {
  readonly id: string
  readonly atMs: EpochMs
  readonly rows: number
  readonly cameMs: number
  readonly deadlineMs = Infinity
  readonly #model: FastModel
  readonly #scanned: ScannedInfer
  /** Of its only row, as they came. */
  readonly #inputTexts: readonly string[] | undefined
  readonly #respond: Respond
  /** Of its only row, once they are in the log. */
  #outputTexts: ReadonlyMap<string, string> | undefined

  constructor(model: FastModel, options: InferJobOptions) {
    this.id = options.id
    this.atMs = options.atMs
    this.rows = options.scanned.rows
    this.cameMs = options.cameMs
    this.#model = model
    this.#scanned = options.scanned
    this.#inputTexts = model.isNarrow ? inputTexts(options.scanned, options.body) : undefined
    this.#respond = options.respond
  }

  record(lines: LineWriter, run: RecordedRun): void {
    const { layout, linePrefix: prefix } = this.#model
    const { id, atMs, rows } = this
    const { id: requestId } = this.#scanned
    const head = { prefix, id, atMs, requestId }
    if (rows > 1) return recordRows(lines, { head, rows, layout }, run)
    this.#outputTexts = outputTexts(run.outputs, run.from)
    recordRows(lines, { head, rows, layout, texts: { inputs: this.#inputTexts, outputs: this.#outputTexts } }, run)
  }

  answer(found: RunOutputs, from: number): void {
    const { id, outputs: wanted, binaryOutputs } = this.#scanned
    const { outputs, head, isAscii } = this.#model
    const range = { from, rows: this.rows }
    const pieces: Buffer[] = []
    let text = ''
    for (const name of wanted ?? outputs.keys()) {
      if (text !== '') text += ','
      const [writer, tensor] = [outputs.get(name) as OutputWriter, found[name] as GraphTensor]
      if (binaryOutputs !== null && (binaryOutputs === 'all' || binaryOutputs.has(name))) {
        const output = writer.binary(tensor, range)
        text += output.text
        pieces.push(output.bytes)
      } else text += writer.text(tensor, range, this.#outputTexts?.get(name))
    }
    const echoed = id === undefined ? '' : `"id":${JSON.stringify(id)},`
    const json = `${head}${echoed}"parameters":{"prediction_id":"${this.id}"},"outputs":[${text}]}`
    this.#respond(
      pieces.length > 0
        ? binaryAnswer(json, pieces)
        : {
            status: 200,
            contentType: 'application/json',
            body: json,
            isAscii: isAscii && (id === undefined || isAsciiText(id)),
          },
    )
  }

  fail(error: unknown): void {
    this.#respond(fastAnswer(failureAnswer(error)))
  }
}

function binaryAnswer(json: string, pieces: readonly Buffer[]): FastAnswer {
  const headerLength = Buffer.byteLength(json)
  let at = headerLength
  const body = Buffer.allocUnsafe(pieces.reduce((size, { length }) => size + length, headerLength))
  body.write(json)
  for (const piece of pieces) at += piece.copy(body, at)
  const headers = `Inference-Header-Content-Length: ${headerLength}\r\n`
  return { status: 200, contentType: 'application/octet-stream', body, headers }
}

/** The numbers of a single row as its JSON has them. */
function inputTexts({ rows, spans }: ScannedInfer, body: Buffer): readonly string[] | undefined {
  if (rows > 1) return undefined
  return spans?.map(([start, end]) => unspaced(body.toString('latin1', start, end)))
}

/** Numbers without the space between them: a line of the log holds no line break. */
const unspaced = (numbers: string): string => (lineBreak.test(numbers) ? numbers.replaceAll(/\s+/g, '') : numbers)
const lineBreak = /[\n\r]/
