import { z } from 'zod'
import { fail } from './failures.ts'
import type { AnyTrainer } from './trainers.ts'

/**
 * A trainer's parameters: its defaults with the given values over them, checked.
 *
 * Bounds come from the trainer's schema. A trainer without one holds each value to the type of its default; a number
 * must be finite.
 *
 * @throws {Failure} `training/unknownParameter` or `training/badParameter`
 */
export function trainerParameters(
  trainer: AnyTrainer,
  given: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const known = Object.keys(trainer.defaults)
  const unknown = Object.keys(given).filter((name) => given[name] !== undefined && !known.includes(name))
  if (unknown.length > 0)
    throw fail(
      'unknownParameter',
      `Cannot train '${trainer.kind}': it has no parameter ${list(unknown)}; it has ${list(known) || 'none'}`,
      { details: { unknown, known } },
    )
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  const parsed = (trainer.schema ?? schemaOf(trainer.defaults)).safeParse({
    ...trainer.defaults,
    ...Object.fromEntries(set),
  })
  if (parsed.success) return parsed.data as Record<string, unknown>
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw fail('badParameter', `Cannot train '${trainer.kind}': ${problems.join('; ')}`, { details: { problems } })
}

const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')

function schemaOf(defaults: object): z.ZodType {
  return z.strictObject(Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, schemaLike(value)])))
}

function schemaLike(value: unknown): z.ZodType {
  switch (typeof value) {
    case 'number':
      return z.number()
    case 'boolean':
      return z.boolean()
    case 'string':
      return z.string()
    default:
      return Array.isArray(value) ? z.array(value.length > 0 ? schemaLike(value[0]) : z.unknown()) : z.unknown()
  }
}
