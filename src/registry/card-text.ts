import type { Evaluation } from '#evaluation'
import { iso } from '#platform'
import type { SystemVersion } from '#system'
import type { Run } from '#tracking'
import type { AliasChange, ModelVersion, StateChange, VersionOrigin } from './schema.ts'

/** Everything that a model card is made of. */
export interface CardFacts {
  readonly version: ModelVersion
  /** Null where it is not recorded. */
  readonly run: Run | null
  /** The system version that it was made for; null where it is not recorded. */
  readonly system: SystemVersion | null
  readonly states: readonly StateChange[]
  readonly aliases: readonly AliasChange[]
}

/**
 * A model card as Markdown. A pure function of recorded facts: what is not recorded is not said.
 * @see Mitchell et al. (2019), Model cards for model reporting, doi:10.1145/3287560.3287596
 */
export function cardText(facts: CardFacts): string {
  const { version } = facts
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['Purpose', purpose(facts)],
    ['Data', data(facts)],
    ['Inputs and output', inputs(version)],
    ['Segments', segments(version)],
    ['Performance', performance(version.evaluation)],
    ['Slices', slices(version.evaluation)],
    ['Gates', version.gates.map(({ passed, why }) => `- ${passed ? 'passed' : 'refused'}: ${why}`)],
    ['Limits', limits(facts)],
    ['Lineage', lineage(facts)],
    ['Service', service(facts)],
  ]
  const text = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `## ${title}\n\n${lines.join('\n')}`)
  return `${[`# ${version.system}, version ${version.number}`, ...text].join('\n\n')}\n`
}

function purpose({ version, system }: CardFacts): string[] {
  const made = `Made by the candidate \`${version.candidate}\`, registered ${iso(version.registeredAtMs)}.`
  if (!system) return [made]
  const { objective, framing } = system.spec
  return [
    `${objective.statement}. It serves ${objective.metric} (${objective.unit}), owned by ${objective.owner}.`,
    `It predicts \`${framing.target}\`, a ${framing.task} task${framing.entity.length > 0 ? `, for each ${framing.entity.join(', ')}` : ''}. The truth is known ${framing.outcomeAfter} later.`,
    made,
  ]
}

function data({ version, run }: CardFacts): string[] {
  const { datasetDigest, snapshots = [] } = version.lineage
  return [
    ...(run ? Object.entries(run.facts).map(([name, value]) => `- ${name}: ${String(value)}`) : []),
    `- judged on ${version.evaluation.rows} rows${version.lineage.origin ? '; whether it had seen them, only its makers know' : ' that it had not seen'}`,
    `- dataset \`${datasetDigest}\``,
    ...snapshots.map((snapshot) => `- snapshot \`${snapshot}\``),
  ]
}

function inputs({ signature, threshold }: ModelVersion): string[] {
  const classes =
    signature.classes.length > 12 ? `${signature.classes.length} classes` : signature.classes.map(code).join(', ')
  return [
    ...table(
      ['input', 'type'],
      signature.inputs.map(({ name, type }) => [code(name), type]),
    ),
    '',
    signature.task === 'regression' ? 'It answers a number.' : `It answers one of ${classes}, with probabilities.`,
    ...(threshold === null ? [] : [`Positive from a probability of ${number(threshold)} up.`]),
  ]
}

function segments({ partition }: ModelVersion): string[] {
  if (!partition) return []
  const { by, pooledRows, pooledSegments, rows } = partition
  return [
    `- ${counted(partition.segments, 'segment')} of ${code(by)} with a model of their own, learned from ${counted(rows, 'row')}`,
    `- ${counted(pooledSegments, 'other segment')} that the pooled model answers, ${counted(pooledRows, 'row')}; it answers segments not seen yet too`,
    ...(partition.segments === 0 ? [] : ['- judged by scores in which no row chose the model that answers it']),
  ]
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function performance(evaluation: Evaluation): string[] {
  const { primary, metrics, per, currency } = evaluation
  const rows = Object.entries(metrics).map(([name, { value, low, high }]) => [
    name === primary.name ? `**${name}**` : name,
    number(value),
    `${number(low)} to ${number(high)}`,
  ])
  const money =
    currency === null || !('expected-cost' in metrics)
      ? []
      : ['', `Expected cost in ${currency} per ${per} predictions.`]
  return [...table(['metric', 'value', '95 % interval'], rows), ...money]
}

function slices({ slices: parts, primary }: Evaluation): string[] {
  if (parts.length === 0) return []
  const rows = parts
    .slice(0, mostSlices)
    .map(({ column, group, rows: count, value, low, high, worse }) => [
      `${code(column)} = ${group ?? 'missing'}`,
      String(count),
      `${number(value)} (${number(low)} to ${number(high)})`,
      worse ? 'worse' : '',
    ])
  const rest = parts.length > mostSlices ? ['', `${parts.length - mostSlices} more are recorded.`] : []
  return [...table(['slice, worst first', 'rows', primary.name, 'than overall'], rows), ...rest]
}

function limits({ version, run, system }: CardFacts): string[] {
  const { slices: parts } = version.evaluation
  const worse = parts.filter((slice) => slice.worse).length
  return [
    ...(worse > 0 ? [`- ${worse} of ${parts.length} slices are worse than the whole, beyond their intervals`] : []),
    ...(parts.length === 0 ? ['- no slice was judged'] : []),
    ...(version.lineage.dirty === true ? ['- the code had changes that its commit does not hold'] : []),
    ...(version.lineage.commit === null ? ['- the code was under no version control'] : []),
    ...(run === null ? ['- the run is not recorded'] : []),
    ...(system === null ? ['- the system version is not recorded'] : []),
  ]
}

function lineage({ version, run, system }: CardFacts): string[] {
  const { commit, dirty, systemHash } = version.lineage
  const machine = run?.environment
  return [
    `- model file \`${version.onnxDigest}\``,
    ...(version.partition ? [`- models of segments \`${version.partition.segmentsDigest}\``] : []),
    `- run \`${version.runId}\`${run ? `, seed ${run.seed}, trainer ${run.kind}` : ''}`,
    ...(version.lineage.origin ? [originLine(version.lineage.origin)] : []),
    `- system ${system ? `version ${system.number}, ` : ''}\`${systemHash}\``,
    ...(commit === null ? [] : [`- code \`${commit}\`${dirty === true ? ' with changes' : ''}`]),
    ...(machine
      ? [
          `- made with millrace ${machine.millrace}, node ${machine.node}, onnxruntime ${machine.onnxruntime} on ${machine.platform}`,
        ]
      : []),
    ...(run
      ? Object.entries(run.params).map(([name, value]) => `- ${name} = ${String(value).replaceAll(/\s+/g, ' ')}`)
      : []),
  ]
}

const originLine = ({ registeredModel, version, runId }: VersionOrigin): string =>
  `- registered by a client as version ${version} of ${code(registeredModel)}${runId === '' ? '' : `, from its run ${code(runId)}`}`

function service({ version, states, aliases }: CardFacts): string[] {
  const changes = [
    ...states.map(({ atMs, state, actor, reason }) => ({ atMs, text: `${state} by ${actor}: ${reason}` })),
    ...aliases.map(({ atMs, alias, number: bearer, actor, reason }) => ({
      atMs,
      text: `${bearer === version.number ? 'became' : 'was'} ${alias}${bearer === version.number ? '' : ' until then'}, by ${actor}: ${reason}`,
    })),
  ]
  return changes.sort((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `- ${iso(atMs)} ${text}`)
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`,
  )

const code = (text: string): string => `\`${text}\``
const number = (value: number): string => String(Number(value.toPrecision(4)))
const mostSlices = 10
