import type { Parts } from './parts.ts'
import { quoted } from './quoted.ts'
import type { SpecIssue } from './spec-issue.ts'

/**
 * Serving: what is withheld is an input, and names no entity.
 *
 * The entity stays readable in the log, and is not hashed there: outcomes name it by its columns, the loop joins those
 * columns with the data that it pulls, and keys of before and after a change would no longer be the same. Whoever must
 * not keep it makes a pseudonym of it in the SQL, before anything is stored.
 */
export function servingRelations({ serving, framing, dataset }: Parts): readonly SpecIssue[] {
  const issues: SpecIssue[] = []
  serving?.log.withhold.forEach((name, place) => {
    const issue = (problem: string, expected: string): void => {
      issues.push({ path: `serving.log.withhold[${place}]`, problem: `is '${name}', ${problem}`, expected })
    }
    if (framing?.entity.includes(name))
      issue(
        'which names the entity: outcomes find their prediction by it',
        'a column that is not in framing.entity; to keep no such name, let dataset.sql make a pseudonym of it',
      )
    else if (name === framing?.target) issue('the target, which no request holds', 'an input of the models')
    else if (dataset?.inputs && !dataset.inputs.includes(name))
      issue('which models do not see, so that it is not kept anyway', `one of ${quoted(dataset.inputs)}`)
  })
  return issues
}
