import type { Examples } from '#dataset'
import { endpointOf, routeOf, routeReleases, type TrafficRoute } from '#deployment'
import { decide, type Decisions } from '#evaluation'
import { placesWhere, takeTruth, type ArmRows } from '#loop'
import type { Scores, StoredModel } from '#model'
import { takeRows, type Workspace } from '#platform'
import type { SystemSpec } from '#system'
import type { Decider, Models } from './models.ts'

/** What the loop decided in one window, and by which version. */
export interface ServedWindow {
  /** What was decided for every row, whichever version answered. */
  readonly decisions: Decisions
  readonly champion: ArmRows
  readonly challenger: ArmRows | null
}

/**
 * Answers the rows of a window as the route says: the champion, and the challenger for its share of the rows. Null while
 * nothing is released.
 */
export async function serveWindow(
  workspace: Workspace,
  examples: Examples,
  { system, models }: { readonly system: SystemSpec; readonly models: Models },
): Promise<ServedWindow | null> {
  if ((await endpointOf(workspace, system.name)) === null) return null
  const route = await routeOf(workspace, system.name)
  const places = split(examples, route)
  const champion = await answer(examples, places.champion, {
    system,
    models,
    versionId: route.endpoint.championVersionId,
  })
  const challenger = route.release
    ? await answer(examples, places.challenger, { system, models, versionId: route.release.versionId })
    : null
  return {
    decisions: merge(examples.table.rowCount, [
      [places.champion, champion.decisions],
      [places.challenger, challenger?.decisions ?? null],
    ]),
    champion,
    challenger,
  }
}

async function answer(
  examples: Examples,
  places: Int32Array,
  { system, models, versionId }: { readonly system: SystemSpec; readonly models: Models; readonly versionId: string },
): Promise<ArmRows> {
  const scores = await scoreWith(await models.version(versionId), { examples, places, models })
  const { threshold } = await models.version(versionId)
  const { task, cost } = system.framing
  return {
    versionId,
    scores,
    decisions: decide(scores, { task, cost, threshold: threshold ?? undefined }),
    truth: takeTruth(examples.target, places),
    knownPlaces: placesWhere(
      places.length === examples.table.rowCount
        ? examples.known
        : places.map((place) => examples.known[place] as number),
    ),
    errors: 0,
  }
}

/** What one model decides for every row. */
export async function decideAll(
  decider: Decider,
  { examples, system, models }: { readonly examples: Examples; readonly system: SystemSpec; readonly models: Models },
): Promise<Decisions> {
  const places = placesWhere(new Uint8Array(examples.table.rowCount), 0)
  const { task, cost } = system.framing
  return decide(await scoreWith(decider, { examples, places, models }), {
    task,
    cost,
    threshold: decider.threshold ?? undefined,
  })
}

async function scoreWith(
  stored: StoredModel,
  { examples, places, models }: { examples: Examples; places: Int32Array; models: Models },
): Promise<Scores> {
  const model = await models.open(stored)
  if (places.length === 0) return noScores(model.signature)
  return model.predict(places.length === examples.table.rowCount ? examples.table : takeRows(examples.table, places))
}

function split({ rowNumbers }: Examples, { release }: TrafficRoute): { champion: Int32Array; challenger: Int32Array } {
  const arms = release ? routeReleases(release, Array.from(rowNumbers, String)) : new Uint8Array(rowNumbers.length)
  return { champion: placesWhere(arms, 0), challenger: placesWhere(arms, 1) }
}

/** Decisions of both arms, each at its rows. */
function merge(rows: number, parts: readonly (readonly [Int32Array, Decisions | null])[]): Decisions {
  const [, first] = parts[0] as readonly [Int32Array, Decisions]
  if (parts.every(([places, decisions]) => decisions === first || places.length === 0)) return first
  if (first.kind === 'numbers') {
    const values = new Float64Array(rows)
    for (const [places, decisions] of parts)
      if (decisions?.kind === 'numbers')
        for (const [i, place] of places.entries()) values[place] = decisions.values[i] as number
    return { kind: 'numbers', values }
  }
  const labels = new Int32Array(rows)
  for (const [places, decisions] of parts)
    if (decisions?.kind === 'classes')
      for (const [i, place] of places.entries()) labels[place] = decisions.labels[i] as number
  return { kind: 'classes', classes: first.classes, labels }
}

const noScores = ({ task, classes }: { task: string; classes: readonly string[] }): Scores =>
  task === 'regression'
    ? { kind: 'numbers', values: new Float32Array(0) }
    : { kind: 'classes', classes, probabilities: new Float32Array(0) }
