import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decisions } from '#governance'
import { migrations as governance } from '#governance/migrations'
import {
  createHttpServer,
  loopbackOnly,
  seededIds,
  seededRandom,
  silentLog,
  virtualClock,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { openWorkspace } from '#test-workspace'
import type { ReleaseSpec } from '#system'
import { applyReleaseStep, endpointOf, releasesOf, routeOf, routes, startRelease } from './index.ts'
import { migrations } from './migrations.ts'
import type { ReleaseVerdict } from './schema.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-deployment-'))
  clock = virtualClock(1000)
  workspace = await openWorkspace({
    folder,
    migrations: [...governance, ...migrations],
    clock,
    ids: seededIds(clock, seededRandom(1)),
    log: silentLog,
    threads: 1,
  })
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

const canary: ReleaseSpec = { strategy: 'canary', steps: [0.05, 0.25, 1], bake: '1d', minSamples: 500 }
const start = (versionId: string, more: { strategy?: ReleaseSpec; key?: string } = {}) =>
  startRelease(workspace, {
    system: 'taxi',
    versionId,
    strategy: canary,
    actor: 'loop',
    why: 'It passed every gate',
    ...more,
  })
const verdict = (action: ReleaseVerdict['action']): ReleaseVerdict => ({
  action,
  why: `To ${action} is right`,
  facts: { a: 1 },
})
const rulings = async () =>
  (await decisions(workspace, { kind: 'release' })).map(({ subject, ruling }) => `${subject} ${ruling}`)

describe('startRelease()', () => {
  test('promotes the first version of a system at once, whatever the strategy', async () => {
    const release = await start('v1')
    expect(release).toMatchObject({ state: 'promoted', share: 1, previousVersionId: null })
    expect(await endpointOf(workspace, 'taxi')).toEqual({
      system: 'taxi',
      championVersionId: 'v1',
      championReleaseId: release.id,
      sinceMs: 1000,
    })
    expect(await rulings()).toEqual(['v1 started', 'v1 promoted'])
  })

  test('gives a later version the first share of its canary, and the champion the rest', async () => {
    await start('v1')
    const release = await start('v2')
    expect(release).toMatchObject({ state: 'running', share: 0.05, step: 0, previousVersionId: 'v1' })
    expect(await routeOf(workspace, 'taxi')).toMatchObject({ endpoint: { championVersionId: 'v1' }, release })
  })

  test.each<[string, ReleaseSpec]>([
    ['a big bang', { strategy: 'big-bang' }],
    ['a canary that begins with all the traffic', { ...canary, steps: [1] }],
  ])('promotes %s at once', async (_, strategy) => {
    await start('v1')
    expect(await start('v2', { strategy })).toMatchObject({ state: 'promoted', previousVersionId: 'v1' })
    expect(await endpointOf(workspace, 'taxi')).toMatchObject({ championVersionId: 'v2' })
  })

  test('releases a version once for each key', async () => {
    await start('v1')
    const release = await start('v2')
    expect(await start('v2')).toEqual(release)
    await applyReleaseStep(workspace, { release, verdict: verdict('rollback'), actor: 'loop' })
    expect(await start('v2')).toMatchObject({ id: release.id, state: 'rolled-back' })
    expect(await start('v2', { key: 'v2 once more' })).toMatchObject({ state: 'running', versionId: 'v2' })
    expect(await releasesOf(workspace, 'taxi')).toHaveLength(3)
  })

  test('supersedes a release that is still under way', async () => {
    await start('v1')
    const second = await start('v2')
    clock.advanceTo(2000)
    await start('v3')
    expect(await releasesOf(workspace, 'taxi')).toMatchObject([
      { versionId: 'v1', state: 'promoted' },
      { id: second.id, state: 'superseded', share: 0, finishedMs: 2000 },
      { versionId: 'v3', state: 'running', previousVersionId: 'v1' },
    ])
    expect((await rulings()).slice(2)).toEqual(['v2 started', 'v2 superseded', 'v3 started'])
  })

  test('started twice at once begins one release', async () => {
    await start('v1')
    const [one, other] = await Promise.all([start('v2'), start('v2')])
    expect(one).toEqual(other)
    expect(await rulings()).toHaveLength(3)
  })
})

describe('applyReleaseStep()', () => {
  test('advances step by step, then makes the challenger champion, each change with its decision', async () => {
    await start('v1')
    let release = await start('v2')
    clock.advanceTo(5000)
    release = await applyReleaseStep(workspace, { release, verdict: verdict('advance'), actor: 'loop' })
    expect(release).toMatchObject({ step: 1, share: 0.25, stepStartedMs: 5000, state: 'running' })
    clock.advanceTo(9000)
    release = await applyReleaseStep(workspace, { release, verdict: verdict('promote'), actor: 'loop' })
    expect(release).toMatchObject({ state: 'promoted', share: 1, finishedMs: 9000 })
    expect(await routeOf(workspace, 'taxi')).toMatchObject({
      endpoint: { championVersionId: 'v2', sinceMs: 9000 },
      release: null,
    })
    const log = await decisions(workspace, { kind: 'release' })
    expect(release.history.map(({ action, decisionId }) => [action, decisionId])).toEqual([
      ['start', log[2]?.id],
      ['advance', log[3]?.id],
      ['promote', log[4]?.id],
    ])
    expect(log[3]).toMatchObject({
      ruling: 'advanced',
      policy: 'canary',
      evidence: { release: release.id, why: 'To advance is right', seen: { a: 1 } },
    })
  })

  test('rolls back: the champion keeps all the traffic', async () => {
    await start('v1')
    const release = await start('v2')
    await applyReleaseStep(workspace, { release, verdict: verdict('rollback'), actor: 'loop' })
    expect(await routeOf(workspace, 'taxi')).toMatchObject({ endpoint: { championVersionId: 'v1' }, release: null })
  })

  test('does the same verdict once, however often it is applied', async () => {
    await start('v1')
    const release = await start('v2')
    const once = await applyReleaseStep(workspace, { release, verdict: verdict('advance'), actor: 'loop' })
    expect(await applyReleaseStep(workspace, { release, verdict: verdict('advance'), actor: 'loop' })).toEqual(once)
    expect(await rulings()).toHaveLength(4)
  })

  test('to hold changes nothing and writes no decision', async () => {
    await start('v1')
    const release = await start('v2')
    expect(await applyReleaseStep(workspace, { release, verdict: verdict('hold'), actor: 'loop' })).toEqual(release)
    expect(await rulings()).toHaveLength(3)
  })

  test('neither changes the release nor decides when one of the two cannot be written', async () => {
    await start('v1')
    const release = await start('v2')
    const unwritable = { ...verdict('promote'), facts: { cost: NaN } }
    await expect(applyReleaseStep(workspace, { release, verdict: unwritable, actor: 'loop' })).rejects.toThrow(
      'not finite',
    )
    expect(await releasesOf(workspace, 'taxi')).toMatchObject([{}, { state: 'running', history: [{}] }])
    expect(await endpointOf(workspace, 'taxi')).toMatchObject({ championVersionId: 'v1' })
    expect(await rulings()).toHaveLength(3)
  })

  test('refuses a release that is not there', async () => {
    const release = { ...(await start('v1')), id: 'release_none' }
    await expect(
      applyReleaseStep(workspace, { release, verdict: verdict('promote'), actor: 'loop' }),
    ).rejects.toMatchObject({ code: 'deployment/unknownRelease' })
  })
})

describe('routes', () => {
  const open = () =>
    createHttpServer({ workspace, routes, config: { MILLRACE_BODY_LIMIT_MB: 1 }, authorise: loopbackOnly })

  test('show what serves a system, and let a person decide on a release once', async () => {
    const server = await open()
    expect((await server.inject('/api/v1/systems/taxi/endpoint')).json()).toMatchObject({
      status: 409,
      code: 'deployment/nothingReleased',
    })
    await start('v1')
    const release = await start('v2')
    expect((await server.inject('/api/v1/systems/taxi/endpoint')).json()).toMatchObject({
      championVersionId: 'v1',
      since: '1970-01-01T00:00:01Z',
      release: { id: release.id, share: 0.05, strategy: 'canary' },
    })
    const decide = (action: string) =>
      server.inject({
        method: 'POST',
        url: `/api/v1/releases/${release.id}/decision`,
        payload: { action, why: 'The support desk asked for it' },
      })
    const done = await decide('promote')
    expect([done.statusCode, done.json().state]).toEqual([200, 'promoted'])
    expect((await decide('rollback')).json()).toMatchObject({ status: 409, code: 'deployment/releaseEnded' })
    const log = await decisions(workspace, { kind: 'release' })
    expect(log.at(-1)).toMatchObject({ ruling: 'promoted', actor: 'local', policy: null })
    await server.close()
  })
})
