import type { ClientForm } from './client-form.ts'

/** The part of a client that runs: its class of errors, and the function that makes it. */
export function clientCode({ system }: ClientForm, prefix: string): string {
  return `/** Why the server gave no prediction: a stable code, and what to do. */
export class ${prefix}Error extends Error {
  override readonly name = '${prefix}Error'
  readonly code: string
  readonly remedy: string
  /** HTTP status; 0 where no answer came. */
  readonly status: number

  constructor(problem: { code: string; message: string; remedy: string; status: number; cause?: unknown }) {
    super(problem.message, { cause: problem.cause })
    this.code = problem.code
    this.remedy = problem.remedy
    this.status = problem.status
  }
}

export type ${prefix}Client = {
  /** Predicts for one row. */
  predict(row: ${prefix}Row): Promise<${prefix}Prediction>
  /** Predicts for many rows at once, and answers in their order. */
  predictMany(rows: readonly ${prefix}Row[]): Promise<readonly ${prefix}Prediction[]>
  /** Predicts for one row, and says what each input contributed. */
  explain(row: ${prefix}Row): Promise<${prefix}Explained>
}

/**
 * Makes a client; nothing is sent before the first call.
 * @param options.url address of the server, such as http://127.0.0.1:7717
 * @param options.token what the server asks callers for; none where absent
 * @param options.fetch how requests travel; the machine's own fetch where absent
 */
export function create${prefix}Client(options: {
  readonly url: string
  readonly token?: string
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}): ${prefix}Client {
  const send = options.fetch ?? ((url: string, init: RequestInit) => fetch(url, init))
  const address = options.url.replace(/\\/+$/, '') + '/api/v1/systems/${system}/predict'
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (options.token !== undefined) headers['authorization'] = 'Bearer ' + options.token
  const post = async (body: unknown, query = ''): Promise<unknown> => {
    let response: Response
    let text: string
    try {
      response = await send(address + query, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      text = await response.text()
    } catch (cause) {
      throw new ${prefix}Error({
        code: 'client/unreachable',
        message: 'Cannot predict: no answer from ' + options.url,
        remedy: 'Check the address, and that the server runs',
        status: 0,
        cause,
      })
    }
    const answer = parse(text)
    if (response.ok && answer !== undefined) return answer
    const problem = (answer ?? {}) as { code?: string; detail?: string; title?: string; remedy?: string }
    throw new ${prefix}Error({
      code: problem.code ?? 'client/unexpected',
      message: problem.detail ?? problem.title ?? 'Cannot predict: the server answered ' + response.status,
      remedy: problem.remedy ?? 'Check that the address is that of a Millrace server',
      status: response.status,
    })
  }
  return {
    predict: async (row) => (await post(row)) as ${prefix}Prediction,
    predictMany: async (rows) =>
      ((await post({ rows })) as { readonly predictions: readonly ${prefix}Prediction[] }).predictions,
    explain: async (row) => (await post(row, '?explain=true')) as ${prefix}Explained,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}`
}
