import { z } from 'zod'
import { endpointOf, releasesOf } from '#deployment'
import { decisions } from '#governance'
import type { Partition } from '#model'
import type { Orchestrator } from '#orchestration'
import { defineRoute, iso, type Route, type Workspace } from '#platform'
import { versionsOf } from '#registry'
import {
  applySystem,
  currentSystem,
  listSystems,
  planSystem,
  smartCheck,
  systemSchema,
  type SystemVersion,
} from '#system'
import { fail } from './failures.ts'
import { startTurn, turnState, type TurnWorkflow } from './live/turn-workflow.ts'
import { readTrainings } from './store.ts'

const nameParams = z.object({ name: z.string() })
const json = z.unknown()

const planSchema = z
  .object({
    system: z.string(),
    first: z.boolean(),
    changes: z.array(
      z.object({ path: z.string(), from: json, to: json, causes: z.array(z.string()), why: z.string() }),
    ),
    effects: z.array(z.string()),
    lines: z.array(z.string()),
    objective: z.array(z.object({ letter: z.string(), passed: z.boolean(), why: z.string() })),
  })
  .meta({ id: 'Plan' })

const versionSchema = z
  .object({ system: z.string(), number: z.number(), hash: z.string(), appliedAt: z.string(), appliedBy: z.string() })
  .meta({ id: 'SystemVersion' })

const turnSchema = z
  .object({
    id: z.string(),
    state: z.string(),
    startedAt: z.string(),
    steps: z.array(z.object({ name: z.string(), state: z.string() })),
    output: json,
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'Turn' })

const statusSchema = z
  .object({
    system: z.string(),
    version: versionSchema,
    objective: z.object({ statement: z.string(), letters: planSchema.shape.objective }),
    champion: z
      .object({
        versionId: z.string(),
        number: z.number(),
        candidate: z.string(),
        since: z.string(),
        partition: z
          .object({
            by: z.string(),
            segments: z.number().meta({ description: 'Segments with a model of their own' }),
            rows: z.number().meta({ description: 'Rows that those learned from' }),
            pooledSegments: z.number().meta({ description: 'Segments that the pooled model answers' }),
            pooledRows: z.number(),
          })
          .nullable(),
        metrics: z.record(z.string(), z.number()),
      })
      .nullable(),
    release: z.object({ versionId: z.string(), share: z.number(), state: z.string() }).nullable(),
    trainings: z.array(
      z.object({ at: z.string(), trigger: z.string(), chosen: z.string().nullable(), passed: z.boolean().nullable() }),
    ),
    windows: z.array(
      z.object({
        start: z.string(),
        rows: z.number(),
        knownShare: z.number(),
        costPer: z.number().nullable(),
        signals: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'SystemStatus' })

/** The API of systems and of the loop. */
export function loopRoutes({
  orchestrator,
  workflow,
}: {
  readonly orchestrator: Orchestrator
  readonly workflow: TurnWorkflow
}): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/v1/plans',
      permission: 'system:read',
      summary: 'What applying a system would change and cause; changes nothing',
      tag: 'system',
      body: z.object({ spec: systemSchema }),
      response: planSchema,
      handler: async ({ workspace, body }) => {
        const previous = (await listSystems(workspace)).find((version) => version.system === body.spec.name)
        return {
          ...planSystem(previous?.spec ?? null, body.spec),
          objective: letters(workspace, body.spec.objective),
        } as z.input<typeof planSchema>
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/api/v1/systems/{name}',
      permission: 'system:apply',
      summary: 'Make a system the one that the loop follows',
      tag: 'system',
      params: nameParams,
      body: z.object({
        spec: systemSchema,
        baseFolder: z.string().meta({ description: 'Folder that relative paths of sources start from, absolute' }),
        commit: z.string().nullable().default(null),
        dirty: z.boolean().default(false),
      }),
      response: versionSchema,
      handler: async ({ workspace, params, body, actor }) => {
        if (params.name !== body.spec.name)
          throw fail('nameDiffers', `Cannot apply '${body.spec.name}': the address names '${params.name}'`)
        const version = await applySystem(workspace, { ...body, actor: actor.id })
        await workflow.schedule(orchestrator, version)
        return versionView(version)
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/systems',
      permission: 'system:read',
      summary: 'Every system at its newest version',
      tag: 'system',
      response: z.array(versionSchema),
      handler: async ({ workspace }) => (await listSystems(workspace)).map(versionView),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/systems/{name}',
      permission: 'system:read',
      summary: 'What a system is at, what serves, and how it does',
      tag: 'loop',
      params: nameParams,
      response: statusSchema,
      handler: ({ workspace, params }) => statusOf(workspace, params.name),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/systems/{name}/turns',
      permission: 'run:start',
      summary: 'Turn the loop now: pull, check, train, judge, release',
      tag: 'loop',
      params: nameParams,
      body: z
        .object({
          key: z.string().min(1).max(200).optional().meta({ description: 'The same key starts one turn for ever' }),
        })
        .default({}),
      response: turnSchema,
      status: 202,
      handler: async ({ workspace, params, body }) => {
        const version = await systemNamed(workspace, params.name)
        const id = await startTurn(orchestrator, {
          workflow,
          system: version.system,
          key: body.key ?? workspace.ids.next('turn'),
        })
        return turnState(orchestrator, id)
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/systems/{name}/turns/{id}',
      permission: 'system:read',
      summary: 'How far a turn of the loop is, and what it gave',
      tag: 'loop',
      params: z.object({ name: z.string(), id: z.string() }),
      response: turnSchema,
      handler: ({ params }) => turnState(orchestrator, params.id),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/systems/{name}/decisions',
      permission: 'decision:read',
      summary: 'What was decided, by whom or which policy, on which evidence',
      tag: 'governance',
      params: nameParams,
      response: z.array(
        z.object({
          id: z.string(),
          at: z.string(),
          kind: z.string(),
          subject: z.string(),
          ruling: z.string(),
          policy: z.string().nullable(),
          actor: z.string(),
          evidence: json,
        }),
      ),
      handler: async ({ workspace, params }) =>
        (await decisions(workspace, { system: params.name })).map((decision) => ({
          ...decision,
          at: iso(decision.atMs),
        })),
    }),
  ]
}

/** @throws {Failure} `loop/unknownSystem` */
async function systemNamed(workspace: Workspace, name: string): Promise<SystemVersion> {
  const version = (await listSystems(workspace)).find((one) => one.system === name)
  if (version) return currentSystem(workspace, name)
  throw fail('unknownSystem', `Cannot find system '${name}': it was not applied`)
}

const versionView = (version: SystemVersion) => ({
  system: version.system,
  number: version.number,
  hash: version.hash,
  appliedAt: iso(version.appliedAtMs),
  appliedBy: version.appliedBy,
})

const partitionView = ({ by, segments, rows, pooledSegments, pooledRows }: Partition) => ({
  by,
  segments,
  rows,
  pooledSegments,
  pooledRows,
})

const letters = (workspace: Workspace, objective: SystemVersion['spec']['objective']) =>
  smartCheck(objective, { nowMs: workspace.clock.now() }).letters.map(({ letter, passed, why }) => ({
    letter,
    passed,
    why,
  }))

async function statusOf(workspace: Workspace, name: string): Promise<z.input<typeof statusSchema>> {
  const version = await systemNamed(workspace, name)
  const endpoint = await endpointOf(workspace, name)
  const champion = endpoint && (await versionsOf(workspace, name)).find((one) => one.id === endpoint.championVersionId)
  const release = (await releasesOf(workspace, name)).findLast((one) => one.state === 'running')
  const { objective } = version.spec
  // Loaded when it is asked: what watches models is much, and a server starts without it.
  const { windowReports } = await import('#monitoring')
  return {
    system: name,
    version: versionView(version),
    objective: { statement: objective.statement, letters: letters(workspace, objective) },
    champion:
      endpoint && champion
        ? {
            versionId: champion.id,
            number: champion.number,
            candidate: champion.candidate,
            since: iso(endpoint.sinceMs),
            partition: champion.partition && partitionView(champion.partition),
            metrics: Object.fromEntries(
              Object.entries(champion.evaluation.metrics).map(([metric, { value }]) => [metric, value]),
            ),
          }
        : null,
    release: release ? { versionId: release.versionId, share: release.share, state: release.state } : null,
    trainings: (await readTrainings(workspace.database, name)).map((training) => ({
      at: iso(training.atMs),
      trigger: training.trigger,
      chosen: training.result?.chosen ?? null,
      passed: training.result?.passed ?? null,
    })),
    windows: (await windowReports(workspace, { system: name })).slice(-14).map((report) => ({
      start: iso(report.startMs),
      rows: report.rows,
      knownShare: report.knownShare,
      costPer: report.realised?.costPer?.value ?? null,
      signals: report.signals.map((signal) => signal.statement),
    })),
  }
}
