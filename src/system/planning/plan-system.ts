import { canonicalJson, type Json } from '#platform'
import type { SystemSpec } from '../schema.ts'
import { changeEffect, type Effect } from './change-effect.ts'
import { specChanges } from './spec-changes.ts'

/** One difference between two systems. */
export interface PlannedChange {
  /** Such as 'framing.cost.falsePositive' or 'candidates[boosted-trees].params.rounds'. */
  readonly path: string
  /** The value before; null where there was none. */
  readonly from: Json
  /** The value after; null where there is none. */
  readonly to: Json
  readonly causes: readonly Effect[]
  /** Why it causes that, in a few words. */
  readonly why: string
}

/** What applying a system would change and cause. */
export interface Plan {
  readonly system: string
  /** Whether no version has been applied before. */
  readonly first: boolean
  readonly changes: readonly PlannedChange[]
  /** Everything that is caused, in the order it would happen; ['nothing'] where no change causes anything. */
  readonly effects: readonly Effect[]
  /** The plan to read, one line each. */
  readonly lines: readonly string[]
}

/**
 * Compares two forms of a system and says what applying the second would cause. Changes nothing.
 * @param previous the version applied last; null before the first
 */
export function planSystem(previous: SystemSpec | null, next: SystemSpec): Plan {
  const changes = specChanges(previous, next).map((change) => ({ ...change, ...changeEffect(change.path) }))
  const plan = {
    system: next.name,
    first: previous === null,
    changes,
    // A system that is new is built, checked, trained and released.
    effects: previous === null ? order : effectsOf(changes),
  }
  return { ...plan, lines: linesOf(plan) }
}

function effectsOf(changes: readonly PlannedChange[]): readonly Effect[] {
  const caused = order.filter((effect) => changes.some((change) => change.causes.includes(effect)))
  return caused.length === 0 ? ['nothing'] : caused
}

function linesOf(plan: Pick<Plan, 'system' | 'first' | 'changes' | 'effects'>): string[] {
  const { system, first, changes, effects } = plan
  if (changes.length === 0) return [`${system} is as it was applied: nothing to do`]
  return [
    ...(first ? [`${system} is new`] : changes.map(changeLine)),
    `Applying ${system} causes: ${effects.join(', ')}`,
  ]
}

function changeLine({ path, from, to, causes, why }: PlannedChange): string {
  const effect = `[${causes.join(', ')}: ${why}]`
  if (from === null) return `+ ${path} = ${short(to)}  ${effect}`
  if (to === null) return `- ${path} = ${short(from)}  ${effect}`
  return `~ ${path}: ${short(from)} -> ${short(to)}  ${effect}`
}

function short(value: Json): string {
  const text = typeof value === 'string' ? value.replaceAll(/\s+/g, ' ') : canonicalJson(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const order: readonly Effect[] = ['rebuild dataset', 're-check', 'retrain', 're-release']
