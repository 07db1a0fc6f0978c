import type { AnswerForm } from '#serving'

/** An outcome as it is kept: a class as text, or a number. */
export type Outcome = { readonly label: string } | { readonly value: number }

/**
 * Reads the truth as the system's task means it. For a classifier, true and false and the numbers 1 and 0 stand for each
 * other where the classes are of the other form; a class that the model does not know is taken when there are more than
 * two, since the world may have new ones.
 * @returns what is wrong with it, as the end of a sentence, where it cannot be taken
 */
export function readOutcome(
  sent: string | number | boolean | null,
  form: Pick<AnswerForm, 'task' | 'classes'>,
): Outcome | string {
  if (sent === null || sent === '') return 'the outcome is missing'
  if (form.task === 'regression') {
    const value = typeof sent === 'string' ? Number(sent) : sent
    return typeof value === 'number' && Number.isFinite(value) ? { value } : `'${String(sent)}' is not a number`
  }
  const { classes } = form
  const label = String(sent)
  if (classes.includes(label)) return { label }
  const other = otherForm.get(label.toLowerCase())?.find((name) => classes.includes(name))
  if (other !== undefined) return { label: other }
  if (form.task === 'multiclass') return { label }
  return `'${label}' is neither '${classes[0]}' nor '${classes[1]}'`
}

const otherForm: ReadonlyMap<string, readonly string[]> = new Map([
  ['true', ['true', '1']],
  ['false', ['false', '0']],
  ['1', ['true']],
  ['0', ['false']],
])
