import { parentPort } from 'node:worker_threads'
import { openSession, type GraphSession } from '#model'
import { isFailure, messageOf } from '#platform'
import type { LaneReply, LaneRequest, OpenedGraph } from './lane-messages.ts'
import { measureGraph, warmGraph } from './measure-graph.ts'

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

async function open({ graph, path, maxRunMs, warmRows }: Extract<LaneRequest, { kind: 'open' }>): Promise<OpenedGraph> {
  const session = await openSession(path)
  graphs.set(graph, session)
  const { inputs, outputs } = session
  if (warmRows !== null) {
    await warmGraph(session, warmRows)
    return { inputs, outputs, measure: null }
  }
  const { sharesRuns, curve } = await measureGraph(session, { maxRunMs })
  return { inputs, outputs, measure: { sharesRuns, curve, loadMs: await loadTime(path) } }
}

/** Loads a graph again, twice: the first one of the thread has loaded the runtime too. */
async function loadTime(path: string): Promise<number> {
  let least = Infinity
  for (let times = 0; times < 2; times++) {
    const fromMs = performance.now()
    const session = await openSession(path)
    least = Math.min(least, performance.now() - fromMs)
    await session.release()
  }
  return least
}

function transfersOf({ outputs = {} }: Omit<LaneReply, 'call'>): ArrayBuffer[] {
  return Object.values(outputs).flatMap(({ data }) => (ArrayBuffer.isView(data) ? [data.buffer as ArrayBuffer] : []))
}

const failureOf = (error: unknown) =>
  isFailure(error)
    ? { code: error.code, message: error.message, remedy: error.remedy }
    : { code: 'model/runFailed', message: messageOf(error), remedy: undefined }
