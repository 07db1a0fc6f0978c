import { timingSafeEqual } from 'node:crypto'
import { defaultProject } from '#governance'
import {
  createHttpServer,
  listen,
  newSecret,
  systemClock,
  systemIds,
  type Authorise,
  type StreamProtocol,
  type Workspace,
} from '#platform'
import { fail } from '../failures.ts'
import { loggedModelById } from '../store/logged-models.ts'
import { open, type RunRow } from '../store/tables.ts'
import { artifactProtocol } from './artifact-protocol.ts'
import type { Call, Endpoint } from './endpoint.ts'
import { activeRun } from './held-run.ts'
import { mlflowProtocol, refusal } from './mlflow-protocol.ts'
import { trackingEndpoints } from './tracking-endpoints.ts'

/** Where one program may write to one run of a system, and to nothing else. */
export interface RunDoor {
  /** What clients of MLflow take as `MLFLOW_TRACKING_URI`. */
  readonly uri: string
  /** What they send with each request, as `MLFLOW_TRACKING_TOKEN`. */
  readonly token: string
  close(): Promise<void>
}

/**
 * Opens MLflow's tracking protocol for the program that trains a candidate, on a port of its own of this machine: whoever
 * has the token can log to that run, and read it, until the door is closed.
 * @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST` where there is no such run
 */
export async function openRunDoor(workspace: Workspace, runId: string): Promise<RunDoor> {
  // What clients log has the machine's time, and takes no ids from those of a rehearsal.
  const own: Workspace = { ...workspace, clock: systemClock, ids: systemIds(systemClock) }
  const run = await activeRun(open(own.database), { project: defaultProject, id: runId })
  const token = newSecret()
  const server = await createHttpServer({
    workspace: own,
    routes: [],
    protocols: [mlflowProtocol(own, doorEndpoints(own, run))],
    streamProtocols: [artifactsOf(own, run)],
    config: { MILLRACE_BODY_LIMIT_MB: 16 },
    authorise: bearer(token),
  })
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 })
  return {
    uri: url,
    token,
    close: () => server.close(),
  }
}

const refused = (what: string) => fail('notTheTrainer', `Cannot answer a trainer: ${what}`)

function bearer(token: string): Authorise {
  const wanted = Buffer.from(`Bearer ${token}`)
  return ({ headers }) => {
    const given = Buffer.from(String(headers.authorization))
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw refused('it has not the token of its run')
    return { id: 'trainer', role: 'none', project: defaultProject }
  }
}

/** What a trainer may ask for, each held to its run. */
function doorEndpoints(workspace: Workspace, run: RunRow): readonly Endpoint[] {
  return trackingEndpoints.flatMap((endpoint) => {
    const hold = Object.hasOwn(holds, endpoint.path) ? holds[endpoint.path] : undefined
    if (!hold || endpoint.method === 'DELETE') return []
    return [
      {
        ...endpoint,
        answer: async (call) => {
          if (!(await hold(call, run, workspace))) throw refused(`it asked for what is not of its run ${run.id}`)
          return endpoint.answer({ ...call, pen: run.id })
        },
      },
    ]
  })
}

type Hold = (call: Call, run: RunRow, workspace: Workspace) => boolean | Promise<boolean>

const ofRun: Hold = ({ message }, run) => (message.text('run_id') || message.text('run_uuid')) === run.id
const ofExperiment: Hold = ({ message }, run) => message.text('experiment_id') === String(run.experiment)
const ofModel: Hold = async ({ words }, run, workspace) => isModelOf(workspace, words['model_id'] ?? '', run)

async function isModelOf(workspace: Workspace, id: string, run: RunRow): Promise<boolean> {
  return (await loggedModelById(open(workspace.database), { project: defaultProject, id }))?.source_run === run.id
}

/** Whose each request must be, by its address; all others are not answered. */
const holds: Readonly<Record<string, Hold>> = {
  'server-info': () => true,
  'experiments/get': ofExperiment,
  'runs/get': ofRun,
  'runs/update': ofRun,
  'runs/log-metric': ofRun,
  'runs/log-parameter': ofRun,
  'runs/log-batch': ofRun,
  'runs/log-inputs': ofRun,
  'runs/outputs': ofRun,
  'runs/log-model': ofRun,
  'runs/set-tag': ofRun,
  'metrics/get-history': ofRun,
  'artifacts/list': ofRun,
  'logged-models': (call, run, workspace) =>
    call.message.text('source_run_id') === run.id && ofExperiment(call, run, workspace),
  'logged-models/:model_id': ofModel,
  'logged-models/:model_id/tags': ofModel,
  'logged-models/:model_id/params': ofModel,
  'logged-models/:model_id/artifacts/directories': ofModel,
}

/** The artifacts of a run and of the models that were logged from it; those that a system keeps itself are only read. */
function artifactsOf(workspace: Workspace, run: RunRow): StreamProtocol {
  const protocol = artifactProtocol(workspace)
  return {
    ...protocol,
    answer: async (request) => {
      const path = /\/artifacts\/([^?]*)/.exec(request.target)?.[1] ?? ''
      if (await isOwn(decoded(path))) return protocol.answer(request)
      const { status, body, contentType } = refusal(refused(`it asked for artifacts that are not of its run ${run.id}`))
      return { status, headers: { 'content-type': contentType }, body: body.toString() }
    },
  }

  async function isOwn(path: string): Promise<boolean> {
    const [experiment, folder = '', id = '', artifacts, name = ''] = path.split('/')
    if (experiment !== String(run.experiment)) return false
    if (folder === 'models') return artifacts === 'artifacts' && isModelOf(workspace, id, run)
    return folder === run.id && id === 'artifacts' && !kept.has(artifacts ?? '') && name !== '..'
  }
}

/** What a system's run keeps at these places, no trainer replaces. */
const kept: ReadonlySet<string> = new Set([
  'model.onnx',
  'segments.json',
  'held-out-scores.f64',
  'train.log',
  'packages.txt',
])

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
