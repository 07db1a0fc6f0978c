import { openTrial, type Trial, type TrialOptions } from '#model'
import type { Digest, Workspace } from '#platform'
import { registeredAs, type PendingVersion, type RegistrationEnd } from '#registry'
import { listSystems } from '#system'
import type { TrainingPool } from '#training'
import { fail } from '../failures.ts'
import type { Step } from '../schema.ts'
import { gatherModel, packGathered } from './gather-model.ts'
import { registerForSystem } from './register-for-system.ts'
import { tryModel } from './try-model.ts'

/** Model files that are served under their names, as the registration of models asks for it. */
export interface ServedFiles {
  /** The digest of what is served under a name and number; undefined where nothing is. */
  find(name: string, version: number): Digest | undefined
  /** Opens a file that the store holds and serves it, in every process. */
  serve(name: string, file: { readonly version: number; readonly digest: Digest }): Promise<void>
  /** Serves a file no longer. */
  withdraw(name: string, version: number): Promise<void>
}

export interface RegistrationOptions {
  /** Opens the threads that train, or gives those that are open. */
  readonly openPool: () => Promise<TrainingPool>
  readonly files: ServedFiles
  /** Lets every process follow a release at once. */
  readonly released: () => Promise<void>
  /** Of the files of one model. */
  readonly maxBytes: number
  readonly trial?: TrialOptions
}

export interface RegisterOptions extends RegistrationOptions {
  readonly version: PendingVersion
  readonly step: Step
  readonly nowMs: number
}

/**
 * Judges a pending version and lets it serve. Every part is a durable step.
 * @throws {Failure} that says why it does not serve
 */
export async function registerModel(workspace: Workspace, options: RegisterOptions): Promise<RegistrationEnd> {
  let trial: Trial | undefined
  try {
    return await judge(workspace, { ...options, trial: () => (trial ??= openTrial(options.trial)) })
  } finally {
    await trial?.close()
  }
}

interface Judged extends Omit<RegisterOptions, 'trial'> {
  readonly trial: () => Trial
}

async function judge(workspace: Workspace, judged: Judged): Promise<RegistrationEnd> {
  const { version, step, trial, maxBytes } = judged
  const gathered = await step('gather its files', () => gatherModel(workspace, version, { maxBytes }))
  const digest = await step('make them one file', () => packGathered(workspace, gathered, { trial: trial(), maxBytes }))
  const tried = await step('try it', () => tryModel(workspace, gathered, { trial: trial(), digest }))
  const system = await step('find its system', () => systemOf(workspace, version))
  const key = { model: version.model, version: version.version }
  if (system === null) {
    await step('serve it', () => serveFile(workspace, { ...judged, digest }))
    return {
      ...key,
      status: 'ready',
      message: `It answers at /v2/models/${version.name}/versions/${version.version}/infer and /models/${version.name}/invocations`,
      service: { kind: 'file', name: version.name, number: version.version },
    }
  }
  const pool = await judged.openPool()
  const { number, release } = await registerForSystem(workspace, { ...judged, pool, system, gathered, tried, digest })
  await step('let all follow', async () => {
    await judged.released()
    return null
  })
  return {
    ...key,
    status: 'ready',
    message: `It is version ${number} of the system '${system}', and ${release}: /api/v1/systems/${system}/predict`,
    service: { kind: 'system', name: system, number },
  }
}

/** The system that a version is to be one of; null for one that is served by itself. @throws {Failure} `loop/unknownSystem` */
async function systemOf(workspace: Workspace, { name, system }: PendingVersion): Promise<string | null> {
  const systems = (await listSystems(workspace)).map((one) => one.system)
  if (system === null) return systems.includes(name) ? name : null
  if (systems.includes(system)) return system
  throw fail(
    'unknownSystem',
    `Cannot judge it for the system '${system}', which its model's tag names: it was not applied`,
  )
}

async function serveFile(
  workspace: Workspace,
  { version: { name, model, version }, files, digest }: Judged & { readonly digest: Digest },
): Promise<null> {
  const served = files.find(name, version)
  const owner = await registeredAs(workspace, { name, number: version })
  if ((served !== undefined && served !== digest) || (owner && owner.model !== model))
    throw fail('nameTaken', `Cannot serve it as version ${version} of '${name}': another file is served so`)
  await files.serve(name, { version, digest })
  return null
}
