import { setTimeout as pause } from 'node:timers/promises'
import type { GraphSession, GraphTensor } from '#model'
import { newBuffer, type RunOutputs } from './batch.ts'
import { rowLayout, type RowLayout } from './row-layout.ts'

/** What a run of so many rows costs. */
export interface CostPoint {
  readonly rows: number
  readonly ms: number
}

/** What was learned of a graph by running it, before it answers anybody. */
export interface GraphMeasure {
  /** Whether the rows of two requests can share a run: it was tried, and each got what it gets alone. */
  readonly sharesRuns: boolean
  /** Empty where runs are not shared. */
  readonly curve: readonly CostPoint[]
}

/**
 * Warms a graph up with made-up rows and measures its cost curve: batches of 1, 2, 4 … rows until one takes longer than
 * `maxRunMs`. A graph that fails on such rows, or mixes them, shares no runs.
 */
export async function measureGraph(
  session: GraphSession,
  options: { readonly maxRunMs: number },
): Promise<GraphMeasure> {
  const layout = rowLayout(session)
  const nothing = { sharesRuns: false, curve: [] }
  if (!layout) return nothing
  const wanted = session.outputs.map(({ name }) => name)
  const run = (rows: number, seed: number) => session.run(madeUpRows(layout, rows, seed), wanted)
  try {
    if (!(await keepsRowsApart(run, wanted))) return nothing
    const curve: CostPoint[] = []
    for (let rows = 1; rows <= mostRows; rows *= 2) {
      const ms = await leastOf(() => run(rows, 1))
      curve.push({ rows, ms })
      if (ms > options.maxRunMs) break
    }
    return { sharesRuns: true, curve }
  } catch {
    return nothing
  }
}

/** Runs a graph that was measured before, so that its first request finds it warm. */
export async function warmGraph(session: GraphSession, rows: number): Promise<void> {
  // One that shares no runs may not even take made-up rows: it is warm with its first request.
  await runMadeUp(session, rows).catch(() => undefined)
}

/**
 * Runs a graph on made-up rows, the same each time.
 * @returns its outputs; undefined for a graph whose requests share no runs
 * @throws {Failure} `model/runFailed`
 */
export async function runMadeUp(session: GraphSession, rows: number): Promise<RunOutputs | undefined> {
  const layout = rowLayout(session)
  const wanted = session.outputs.map(({ name }) => name)
  return layout ? session.run(madeUpRows(layout, rows, 1), wanted) : undefined
}

type Run = (rows: number, seed: number) => Promise<Readonly<Record<string, GraphTensor>>>

/** Runs three rows together and alone. */
async function keepsRowsApart(run: Run, wanted: readonly string[]): Promise<boolean> {
  const together = await run(3, 1)
  const alone = [await run(1, 1), await run(1, 2), await run(1, 3)]
  return wanted.every((name) => {
    const all = together[name] as GraphTensor
    const size = all.data.length / 3
    return (
      all.shape[0] === 3 &&
      alone.every((one, row) => {
        const { shape, data } = one[name] as GraphTensor
        return shape[0] === 1 && data.length === size && areClose(data, all.data, row * size)
      })
    )
  })
}

function areClose(one: GraphTensor['data'], all: GraphTensor['data'], from: number): boolean {
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i], all[from + i]]
    if (a === b) continue
    if (typeof a !== 'number' || typeof b !== 'number') return false
    if (Number.isNaN(a) && Number.isNaN(b)) continue
    if (!(Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a)))) return false
  }
  return true
}

/** Rows of small numbers; row `n` of any number of rows is made of `seed + n`. */
function madeUpRows({ inputs }: RowLayout, rows: number, seed: number): Record<string, GraphTensor> {
  return Object.fromEntries(
    inputs.map(({ name, type, rowShape, rowSize }) => {
      const data = newBuffer(type, rows * rowSize)
      for (let row = 0; row < rows; row++)
        for (let i = 0; i < rowSize; i++) fill(data, row * rowSize + i, { type, row: seed + row, column: i })
      return [name, { type, shape: [rows, ...rowShape], data }]
    }),
  )
}

/**
 * Values that mean something to every type: 0 and 1 for whole numbers, which may be places in a table. Neighbouring rows
 * differ in every column, or a graph that mixes them would not show it.
 */
function fill(
  data: ReturnType<typeof newBuffer>,
  at: number,
  { type, row, column }: { readonly type: string; readonly row: number; readonly column: number },
): void {
  const parity = (row + column) % 2
  if (Array.isArray(data)) data[at] = parity === 0 ? 'a' : 'b'
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[at] = BigInt(parity)
  else if (type === 'float16') data[at] = halves[(row + column) % halves.length] as number
  else data[at] = type.startsWith('float') ? ((row * 7 + column * 3) % 11) / 5 - 1 : parity
}

/** The bits of 1, −0.5 and 2. */
const halves = [0x3c00, 0xb800, 0x4000]

/**
 * The least of a few times: what others do on the machine only ever adds. Between them it rests, so that it takes a third of
 * a processor from those who answer meanwhile.
 */
async function leastOf(run: () => Promise<unknown>): Promise<number> {
  let [least, workedMs, unrestedMs] = [Infinity, 0, 0]
  for (let times = 0; times < 5 || (times < 20 && workedMs < 20); times++) {
    const fromMs = performance.now()
    await run()
    const ms = performance.now() - fromMs
    least = Math.min(least, ms)
    if (ms > longMs) break
    workedMs += ms
    unrestedMs += ms
    if (unrestedMs < 1) continue
    await pause(2 * unrestedMs)
    unrestedMs = 0
  }
  return least
}

const mostRows = 256
/** Runs that are no shorter are measured once: whoever waits for the model has waited long enough. */
const longMs = 100
