import type { ArmReport, ArmSpan, ObjectiveLine } from './schema.ts'

/** Rows and money of one way of deciding, one entry per window whose outcomes are known. */
export interface ArmWindow {
  readonly startMs: number
  readonly rows: number
  readonly cost: number
}

/**
 * Sums windows into weeks and a total.
 * @param per the rows that money is reported per
 */
export function compareArms(
  arms: readonly { readonly name: string; readonly about: string; readonly windows: readonly ArmWindow[] }[],
  { originMs, per }: { readonly originMs: number; readonly per: number },
): readonly ArmReport[] {
  return arms.map(({ name, about, windows }) => {
    const weeks = new Map<number, ArmWindow[]>()
    for (const window of windows) {
      const start = originMs + Math.floor((window.startMs - originMs) / weekMs) * weekMs
      weeks.set(start, [...(weeks.get(start) ?? []), window])
    }
    return {
      name,
      about,
      weeks: [...weeks].sort(([a], [b]) => a - b).map(([startMs, inWeek]) => sum(inWeek, { startMs, per })),
      total: sum(windows, { startMs: originMs, per }),
    }
  })
}

/** The relative change from one arm to another; negative is cheaper. */
export function relativeChange(from: ArmReport | undefined, to: ArmReport | undefined): number | null {
  const before = from?.total.costPer
  const after = to?.total.costPer
  return before === null || before === undefined || after === null || after === undefined || before === 0
    ? null
    : (after - before) / Math.abs(before)
}

/** Whether the objective was met: the loop against doing nothing. */
export function judgeObjective(
  objective: { readonly statement: string; readonly metric: string; readonly target: number },
  arms: readonly ArmReport[],
): ObjectiveLine {
  const find = (name: string): ArmReport | undefined => arms.find((arm) => arm.name === name)
  const reached = relativeChange(find('nothing'), find('loop'))
  const met = reached === null ? null : objective.target < 0 ? reached <= objective.target : reached >= objective.target
  return { statement: objective.statement, metric: objective.metric, target: objective.target, reached, met }
}

const weekMs = 7 * 86_400_000

function sum(windows: readonly ArmWindow[], { startMs, per }: { startMs: number; per: number }): ArmSpan {
  const rows = windows.reduce((total, window) => total + window.rows, 0)
  const cost = windows.reduce((total, window) => total + window.cost, 0)
  return { startMs, rows, cost, costPer: rows === 0 ? null : (cost / rows) * per }
}
