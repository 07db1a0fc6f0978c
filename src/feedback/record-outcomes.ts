import type { Workspace } from '#platform'
import { answerForm, namedEntity, type AnswerForm } from '#serving'
import { currentSystem } from '#system'
import { fail } from './failures.ts'
import type { Incoming, IncomingRow } from './incoming.ts'
import { readOutcome } from './read-outcome.ts'
import type { OutcomeReceipt, OutcomeResult, SentOutcome } from './schema.ts'
import { takeOutcomes } from './take-outcomes.ts'

export interface RecordOutcomesOptions {
  readonly system: string
  readonly outcomes: readonly SentOutcome[]
  readonly actor: string
  readonly source?: string
  /** Names the batch for ever, so that it is taken once; a batch of its own where absent. */
  readonly key?: string
}

/**
 * Takes outcomes by prediction or by entity. Each row is judged by itself: one that cannot be taken is refused with its
 * reason, the others are kept. When it returns, what was accepted is on the disk.
 * @throws {Failure} `system/unknownSystem`, `deployment/nothingReleased`, `feedback/noOutcomes`
 */
export async function recordOutcomes(workspace: Workspace, options: RecordOutcomesOptions): Promise<OutcomeReceipt> {
  const { system, outcomes, actor } = options
  if (outcomes.length === 0) throw fail('noOutcomes', `Cannot take outcomes of '${system}': there are none`)
  await currentSystem(workspace, system)
  const incoming = readSent(outcomes, await answerForm(workspace, system))
  const key = options.key ?? workspace.ids.next('feedback')
  return takeOutcomes(workspace, { system, incoming, key, source: options.source ?? 'api', actor })
}

function readSent(outcomes: readonly SentOutcome[], form: AnswerForm): Incoming {
  const rows: IncomingRow[] = []
  const refused: OutcomeResult[] = []
  outcomes.forEach((sent, row) => {
    const read = readRow(sent, { row, form })
    if (typeof read === 'string') refused.push({ row, status: 'refused', reason: `Cannot take the outcome: ${read}` })
    else rows.push(read)
  })
  return { rows, refused }
}

/** The row as it is judged, or what is wrong with it as the end of a sentence. */
function readRow(sent: SentOutcome, { row, form }: { row: number; form: AnswerForm }): IncomingRow | string {
  const { predictionId, entity, timeMs, observedMs } = sent
  if ((predictionId === undefined) === (entity === undefined)) return 'it must name either a predictionId or an entity'
  const outcome = readOutcome(sent.outcome, form)
  if (typeof outcome === 'string') return outcome
  const named = entity === undefined ? undefined : namedEntity(entity, form.entity)
  if (named && 'wrong' in named) return named.wrong
  return {
    row,
    predictionId: predictionId ?? null,
    entityKey: named?.key ?? null,
    timeMs: timeMs ?? null,
    label: 'label' in outcome ? outcome.label : null,
    value: 'value' in outcome ? outcome.value : null,
    observedMs: observedMs ?? null,
  }
}
