import type { components } from '#sdk'

type Prediction = components['schemas']['Prediction']

/**
 * A prediction and what each input contributed to its score, the largest first; of several classes those to the score of
 * the most probable one.
 */
export function explanationText(prediction: Prediction): string {
  const { label, probability, decision, value, version, explanation } = prediction
  const answer =
    value === undefined
      ? `${label}, probability ${short(probability ?? NaN)}${decision === undefined ? '' : `, decided ${decision}`}`
      : String(value)
  const head = `${prediction.id}: ${answer} (version ${version})`
  const outputs = explanation?.outputs ?? []
  const output = outputs.length > 1 ? outputs.find((one) => one.label === label) : outputs[0]
  if (!explanation || !output) return head
  const contributions = Object.entries(output.contributions).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
  const width = Math.max('base'.length, ...contributions.map(([input]) => input.length))
  const line = (name: string, number: number): string => `  ${name.padEnd(width)}  ${signed(number)}`
  const of = output.label === undefined ? '' : ` of ${output.label}`
  return [
    head,
    `${explanation.scale}${of} ${short(output.score)}, made of`,
    line('base', output.base),
    ...contributions.map(([input, number]) => line(input, number)),
  ].join('\n')
}

const short = (value: number): string => String(Number(value.toPrecision(5)))

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${short(Math.abs(value))}`
