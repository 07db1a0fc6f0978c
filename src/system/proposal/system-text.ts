import type { Draft } from './draft.ts'
import { comment, literal, sqlName, textLiteral } from './literals.ts'
import type { ProposedChecks } from './propose-checks.ts'
import { sniffKind } from './sniff.ts'

/** Writes a draft down as a commented TypeScript file. */
export function systemText(draft: Draft, checks: ProposedChecks): string {
  const { name, roles, holdout, window } = draft
  const { builder: cost, lines: costLines } = costOf(draft)
  const { builders: candidateBuilders, calls: candidates } = candidatesOf(draft)
  const split = holdout === null ? 'randomSplit({ share: 0.2 })' : `timeSplit({ holdout: ${textLiteral(holdout)} })`
  const imports = [
    ...checks.builders,
    ...candidateBuilders,
    'beats',
    'canary',
    'days',
    'defineSystem',
    'sql',
    draft.file.kind,
    holdout === null ? 'randomSplit' : 'timeSplit',
  ].sort()
  return `/**
 * ${comment(name)}: a first draft, made by looking at the data. It runs as it stands; read it from top to bottom and
 * replace what only you can know: the objective, the money, and which columns are known when a prediction is asked for.
 *
 *     npx millrace plan        what applying this file would change, and cause
 *     npx millrace run         pull, check, train, judge and register once
 *     npx millrace up          run the whole loop, and serve
 */
import { ${imports.join(', ')} } from 'millrace'

export default defineSystem({
  name: ${textLiteral(name)},

  // Why this system exists: what becomes better, for whom, by how much and until when.
  objective: {
    statement: 'Say in one sentence what becomes better for whom',
    owner: 'you',
    stakeholders: [{ name: 'customers', wants: 'what the system makes better for them' }],
    metric: ${roles.task === 'regression' ? "'cost of wrong predictions'" : "'cost of wrong decisions'"},
    unit: 'USD per 1000 predictions',
    direction: 'down',
    target: -0.1, // ten percent less than without the system
    by: ${textLiteral(draft.by)},
  },

  framing: {
    task: ${textLiteral(roles.task)},
${framingLines(draft)}
    // What each answer costs. ${cost}
    cost: {
      currency: 'USD',
${costLines.map((line) => `      ${line}`).join('\n')}
    },
  },

  // Paths are relative to this file; a glob such as 'data/*.csv' takes every file, and later only the new ones.
  sources: {
    ${draft.source}: ${draft.file.kind}(${textLiteral(draft.file.path)}${sourceOptions(draft)}),
  },

  // True of every row that was there. 'warn' reports a break, 'quarantine' puts the rows aside, 'stop' stops the loop.
  checks: [
${checks.calls.map((call) => `    ${call},`).join('\n')}
  ],

  // The table that models learn from. Leave out every column that is not known yet when a prediction is asked for.
  dataset: {
    sql: sql\`
${selectLines(draft)
  .map((line) => `      ${line}`)
  .join('\n')}
    \`,
${inputLines(draft)}  },

  // Up the ladder: a more complex one is taken only when it beats the simpler one beyond doubt.
  candidates: [
${candidates.map((call) => `    ${call},`).join('\n')}
  ],

  evaluation: {
    split: ${split},
    primary: 'expected-cost',
    gates: [beats('champion'), beats(${textLiteral(roles.task === 'regression' ? 'mean' : 'majority')})],
  },

  // A new version first answers a small share of the requests; outcomes judge each step.
  release: canary({ steps: [0.05, 0.25, 1], bake: days(1), minSamples: 200 }),

  monitor: { window: ${textLiteral(window)} },
  retrain: { every: days(28), on: ['drift', 'decay'] },
})
`
}

function framingLines({ roles }: Draft): string {
  const { target, task, positive, time, ids } = roles
  const lines = [
    ...(ids.length > 0 ? [`entity: [${ids.map(({ name }) => textLiteral(name)).join(', ')}],`] : []),
    `target: ${textLiteral(target.name)},`,
    ...(task === 'binary' && typeof positive === 'string'
      ? [`positive: ${textLiteral(positive)}, // what counts as yes`]
      : []),
    ...(time ? [`time: ${textLiteral(time.name)}, // when the prediction is asked for`] : []),
    ...(time ? ['outcomeAfter: days(1), // how long after that the truth is known'] : []),
  ]
  return lines.map((line) => `    ${line}`).join('\n')
}

function costOf({ roles }: Draft): { builder: string; lines: readonly string[] } {
  if (roles.task === 'regression')
    return {
      builder: 'As it stands, a unit too low costs as much as a unit too high.',
      lines: ['under: 1, // each unit predicted too low', 'over: 1, // each unit predicted too high'],
    }
  if (roles.task === 'multiclass')
    return { builder: 'As it stands, every mistake costs the same.', lines: ['right: 0,', 'wrong: 1,'] }
  return {
    builder: 'As it stands, a miss costs as much as a false alarm.',
    lines: [
      'falseNegative: 1, // a case that was missed',
      'falsePositive: 1, // acted in vain',
      'truePositive: 0, // acted in time',
      'trueNegative: 0,',
    ],
  }
}

function candidatesOf({ roles, inputs }: Draft): { builders: readonly string[]; calls: readonly string[] } {
  const simplest = roles.task === 'regression' ? 'mean' : 'majority'
  const simple = roles.task === 'regression' ? 'linear' : 'logistic'
  // Trees learn little from written text alone, and take one tree a class and round.
  const onlyText = inputs.length > 0 && inputs.every((input) => input.text)
  const trees = roles.task === 'multiclass' && onlyText ? [] : ['boostedTrees']
  return {
    builders: [simplest, simple, ...trees],
    calls: [
      `${simplest}()`,
      '// rule(sql`…`), what people would do without a model: one SQL expression over the inputs\n    '.concat(
        `${simple}()`,
      ),
      ...trees.map((name) => `${name}({ rounds: 100 })`),
    ],
  }
}

function sourceOptions({ file, roles }: Draft): string {
  const options = [
    ...(roles.time ? [`time: ${textLiteral(roles.time.name)}`] : []),
    ...(file.kind === 'csv' && file.delimiter && file.delimiter !== ','
      ? [`delimiter: ${textLiteral(file.delimiter)}`]
      : []),
  ]
  return options.length === 0 ? '' : `, { ${options.join(', ')} }`
}

function selectLines({ source, roles, inputs }: Draft): string[] {
  const columns = [
    ...(roles.time ? [sqlName(roles.time.name)] : []),
    ...roles.ids.map(({ name }) => sqlName(name)),
    ...inputs.map(({ column, as }) => sqlName(column.name) + (as === column.name ? '' : ` as ${sqlName(as)}`)),
    targetSql(roles),
  ]
  return [
    'select',
    ...columns.map((column, place) => `  ${column}${place < columns.length - 1 ? ',' : ''}`),
    `from ${source}`,
  ]
}

function targetSql({ target, task, positive }: Draft['roles']): string {
  const name = sqlName(target.name)
  if (typeof positive === 'number') return `${name} = ${positive} as ${name}`
  return task === 'multiclass' && sniffKind(target.type) === 'number' ? `cast(${name} as varchar) as ${name}` : name
}

function inputLines({ roles, inputs }: Draft): string {
  const written = inputs.filter((input) => input.text)
  const lines = [
    ...roles.leftOut.map(({ column, why }) => `// Left out: ${comment(column.name)}, since ${comment(why)}.`),
    ...(roles.ids.length > 0 && inputs.length > 0
      ? [
          '// What models may see: not the names of rows, which only repeat what was.',
          `inputs: [${inputs.map(({ as }) => literal(as)).join(', ')}],`,
        ]
      : []),
    ...(written.length > 0 ? [`types: { ${written.map(({ as }) => `${textLiteral(as)}: 'text'`).join(', ')} },`] : []),
  ]
  return lines.map((line) => `    ${line}\n`).join('')
}
