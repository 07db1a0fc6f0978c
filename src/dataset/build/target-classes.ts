import { quoteName, quoteText, type Lake } from '#platform'
import type { FieldType } from '#model'
import type { Framing } from '#system'
import { className } from '../reading/class-name.ts'
import { fail } from '../failures.ts'
import { suggestion } from '../sql/nearest-name.ts'

/**
 * The classes of the target: for a binary task [negative, positive], else in order of their names; empty for a
 * regression.
 * @throws {Failure} `dataset/oneClass` or `badClasses`
 */
export async function targetClasses(
  session: Lake,
  options: { readonly file: string; readonly framing: Framing; readonly type: FieldType; readonly attempt: string },
): Promise<readonly string[]> {
  const { file, framing, type, attempt } = options
  if (framing.task === 'regression') return []
  const target = quoteName(framing.target)
  const table = await session.table(
    `select distinct ${target} as value from read_parquet(${quoteText(file)}) where ${target} is not null order by value`,
  )
  const { value } = table.columns
  const found =
    value?.kind === 'number' ? Array.from(value.values, (number) => className(number, type)) : (value?.dictionary ?? [])
  if (found.length === 1)
    throw fail('oneClass', `${attempt}: the target '${framing.target}' is '${found[0]}' in every row`)
  return framing.task === 'binary' ? ordered(found, { framing, attempt }) : [...found].sort(byCodeUnits)
}

/** Classes in the order of their names, the same on every machine. */
const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : 1)

function ordered(
  found: readonly string[],
  { framing, attempt }: { framing: Framing; attempt: string },
): readonly [string, string] {
  const shown = found.slice(0, 5).join(', ')
  const { target, positive } = framing
  if (found.length > 2)
    throw fail(
      'badClasses',
      `${attempt}: the task is binary, the target '${target}' has ${found.length} values: ${shown}`,
      {
        remedy: "Make the target a condition, such as delay > 15, or set framing.task to 'multiclass'",
      },
    )
  if (positive !== undefined) {
    if (!found.includes(positive))
      throw fail(
        'badClasses',
        `${attempt}: framing.positive is '${positive}', which the target '${target}' never is${suggestion(positive, found)}`,
      )
    return [found.find((name) => name !== positive) as string, positive]
  }
  const known = [
    ['false', 'true'],
    ['0', '1'],
  ].find((pair) => pair.every((name) => found.includes(name)))
  if (known) return known as [string, string]
  throw fail(
    'badClasses',
    `${attempt}: the target '${target}' is ${shown}, and nothing says which is the positive class`,
    {
      remedy: `Set framing.positive to '${found[0]}' or '${found[1]}'`,
    },
  )
}
