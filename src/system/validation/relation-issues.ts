import { candidateRelations } from './candidate-relations.ts'
import { checkRelations } from './check-relations.ts'
import { durationRelations } from './duration-relations.ts'
import { evaluationRelations } from './evaluation-relations.ts'
import { framingRelations } from './framing-relations.ts'
import { partitionRelations } from './partition-relations.ts'
import type { Parts } from './parts.ts'
import { releaseRelations } from './release-relations.ts'
import { servingRelations } from './serving-relations.ts'
import type { SpecIssue } from './spec-issue.ts'

/** What does not fit together between the parts, though each has the right form. */
export function relationIssues(parts: Parts): readonly SpecIssue[] {
  return rules.flatMap((rule) => rule(parts))
}

const rules: readonly ((parts: Parts) => readonly SpecIssue[])[] = [
  framingRelations,
  checkRelations,
  candidateRelations,
  evaluationRelations,
  partitionRelations,
  releaseRelations,
  servingRelations,
  durationRelations,
]
