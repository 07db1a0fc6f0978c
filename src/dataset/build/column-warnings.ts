import type { Layout } from '../columns/layout.ts'
import type { RowSurvey } from './survey-rows.ts'
import type { TextSurvey } from './survey-text.ts'

/** What single columns lack, one sentence each. */
export function columnWarnings(options: {
  readonly layout: Layout
  readonly texts: ReadonlyMap<string, TextSurvey>
  readonly survey: RowSurvey
}): readonly string[] {
  const { layout, texts, survey } = options
  const inputs = new Set(layout.inputs)
  const warnings = survey.emptyColumns
    .filter((name) => inputs.has(name))
    .map((name) => `Input '${name}' is null in every row`)
  if (survey.withoutTime > 0) warnings.push(`${survey.withoutTime} rows have no '${layout.time}' and were left out`)
  if (survey.rows < fewestRows) return warnings
  for (const [name, { type, distinctShare }] of texts) {
    if (!inputs.has(name) || type !== 'categorical' || distinctShare <= nearlyAllOwn) continue
    warnings.push(
      `Input '${name}' looks like an identifier: ${(100 * distinctShare).toFixed(0)} % of its values appear once, so nothing can be learned from them`,
    )
  }
  return warnings
}

const fewestRows = 100
const nearlyAllOwn = 0.5
