import { readFile, writeFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { isFailure, messageOf } from '#platform'
import { adaptModel } from '../foreign/adapt-model.ts'
import { packModel } from '../foreign/pack-model.ts'
import type { GraphSession } from '../graph-session.ts'
import { openSession } from '../open-session.ts'
import type { TrialReply, TrialRequest } from './trial-messages.ts'

// The process in which a model of others is read, loaded and run for the first time: what it does to the process, it does
// to no other. It ends with whoever started it.
let session: GraphSession | undefined

// Where memory runs out, this is the process to end.
await writeFile('/proc/self/oom_score_adj', '1000').catch(() => undefined)

// A model that runs keeps this thread: another one sees that nobody waits for it any more.
new Worker(`setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, 'SIGKILL'), 200)`, {
  eval: true,
}).unref()
process.on('disconnect', () => process.exit())
process.on('message', (request: TrialRequest) => {
  void answer(request)
    .catch((error: unknown) => ({ failed: failureOf(error) }))
    .then((reply) => process.send?.({ ...reply, call: request.call }))
})

async function answer(request: TrialRequest): Promise<Omit<TrialReply, 'call'>> {
  switch (request.kind) {
    case 'pack':
      return { packed: await packModel(request) }
    case 'adapt':
      await writeFile(request.to, adaptModel(await readFile(request.path), request), { flag: 'wx' })
      return {}
    case 'open': {
      const before = session
      session = undefined
      await before?.release()
      session = await openSession(request.path)
      return { opened: { inputs: session.inputs, outputs: session.outputs } }
    }
    case 'run':
      return { outputs: await (session as GraphSession).run(request.feeds, request.wanted) }
    default:
      throw new TypeError(`A trial is asked nothing like ${JSON.stringify(request satisfies never)}`)
  }
}

const failureOf = (error: unknown) =>
  isFailure(error)
    ? { code: error.code, message: error.message, remedy: error.remedy }
    : { code: 'model/unreadable', message: `Cannot read the model: ${messageOf(error)}`, remedy: undefined }
