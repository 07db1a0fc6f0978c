import { parentPort } from 'node:worker_threads'
import type { GraphSession } from '#model'
import { isFailure, messageOf } from '#platform'
import type { LaneReply, LaneRequest, OpenedGraph } from './lane-messages.ts'
import { measureGraph, warmGraph } from './measure-graph.ts'
import { preparedGraphs } from './prepared-graph.ts'

// A lane: the thread that loads graphs, and runs those that would keep requests from being read.
const port = parentPort
if (!port) throw new TypeError('A lane is a thread of a serving process')
const graphs = new Map<number, GraphSession>()

port.on('message', (request: LaneRequest) => {
  // An answer that cannot be sent fails its request alone: it must not end the thread.
  void answer(request)
    .then((reply) => port.postMessage({ ...reply, call: request.call }, transfersOf(reply)))
    .catch((error: unknown) => port.postMessage({ call: request.call, failed: failureOf(error) }))
})

async function answer(request: LaneRequest): Promise<Omit<LaneReply, 'call'>> {
  switch (request.kind) {
    case 'open':
      return { opened: await open(request) }
    case 'run':
      return { outputs: await (graphs.get(request.graph) as GraphSession).run(request.feeds, request.wanted) }
    case 'release':
      await graphs.get(request.graph)?.release()
      graphs.delete(request.graph)
      return {}
    case 'end':
      for (const session of graphs.values()) await session.release()
      port?.close()
      return {}
    default:
      throw new TypeError(`A lane is asked nothing like ${JSON.stringify(request satisfies never)}`)
  }
}

async function open(request: Extract<LaneRequest, { kind: 'open' }>): Promise<OpenedGraph> {
  const { graph, path, preparedFolder, maxRunMs, warmRows } = request
  const prepared = preparedGraphs(preparedFolder)
  await prepared.prepare(path)
  const fromMs = performance.now()
  const session = await prepared.open(path)
  const firstLoadMs = performance.now() - fromMs
  graphs.set(graph, session)
  const { inputs, outputs } = session
  if (warmRows !== null) {
    await warmGraph(session, warmRows)
    return { inputs, outputs, measure: null }
  }
  const { sharesRuns, curve } = await measureGraph(session, { maxRunMs })
  return {
    inputs,
    outputs,
    measure: { sharesRuns, curve, loadMs: await loadTime(() => prepared.open(path), firstLoadMs) },
  }
}

/** Loads a graph again, since the first one of the thread has loaded the runtime too; one that is slow anyway is not. */
async function loadTime(open: () => Promise<GraphSession>, firstMs: number): Promise<number> {
  if (firstMs > slowLoadMs) return firstMs
  const fromMs = performance.now()
  const session = await open()
  const againMs = performance.now() - fromMs
  await session.release()
  return Math.min(firstMs, againMs)
}

const slowLoadMs = 500

function transfersOf({ outputs = {} }: Omit<LaneReply, 'call'>): ArrayBuffer[] {
  return Object.values(outputs).flatMap(({ data }) => (ArrayBuffer.isView(data) ? [data.buffer as ArrayBuffer] : []))
}

const failureOf = (error: unknown) =>
  isFailure(error)
    ? { code: error.code, message: error.message, remedy: error.remedy }
    : { code: 'model/runFailed', message: messageOf(error), remedy: undefined }
