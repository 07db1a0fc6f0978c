import type { ClientForm } from './client-form.ts'

/** The types of rows and answers, each named with the prefix. */
export function clientTypes(form: ClientForm, prefix: string): string {
  return [
    rowType(form, prefix),
    ...(form.task === 'regression' ? [] : [labelType(form, prefix)]),
    predictionType(form, prefix),
    explanationType(form, prefix),
  ].join('\n\n')
}

function rowType({ fields }: ClientForm, prefix: string): string {
  const lines = fields.flatMap(({ name, type, required }) => [
    ...(type === 'timestamp' ? ['  /** A moment: ISO 8601 text (UTC without a zone) or epoch milliseconds. */'] : []),
    `  readonly ${propertyName(name)}${required ? '' : '?'}: ${valueTypes[type]} | null`,
  ])
  return [
    '/** What a prediction is asked for; null is a value that is not known. */',
    `export type ${prefix}Row = {`,
    ...lines,
    '}',
  ].join('\n')
}

const valueTypes: Readonly<Record<ClientForm['fields'][number]['type'], string>> = {
  numeric: 'number',
  boolean: 'boolean',
  timestamp: 'string | number',
  categorical: 'string',
  text: 'string',
}

const labelType = ({ classes }: ClientForm, prefix: string): string =>
  ['/** What a row can be. */', `export type ${prefix}Label =`, ...classes.map((name) => `  | ${quote(name)}`)].join(
    '\n',
  )

function predictionType({ task }: ClientForm, prefix: string): string {
  const label = `${prefix}Label`
  const answer = {
    binary: [
      '  /** The most probable class. */',
      `  readonly label: ${label}`,
      '  /** Of the positive class. */',
      '  readonly probability: number',
      '  /** What the prediction means, by threshold and cost. */',
      `  readonly decision: ${label}`,
      '  /** Probability from which the decision is the positive class. */',
      '  readonly threshold?: number',
    ],
    multiclass: [
      '  /** The most probable class. */',
      `  readonly label: ${label}`,
      '  /** Of the label. */',
      '  readonly probability: number',
      '  /** Of the five most probable classes. */',
      `  readonly probabilities: { readonly [Label in ${label}]?: number }`,
      '  /** What the prediction means, by cost. */',
      `  readonly decision: ${label}`,
    ],
    regression: ['  /** The predicted number. */', '  readonly value: number'],
  }[task]
  return [
    `export type ${prefix}Prediction = {`,
    '  /** Names the prediction for ever; outcomes are told by it. */',
    '  readonly id: string',
    '  /** Number of the version that answered. */',
    '  readonly version: number',
    '  readonly versionId: string',
    "  readonly arm: 'champion' | 'challenger'",
    ...answer,
    '}',
  ].join('\n')
}

function explanationType({ task }: ClientForm, prefix: string): string {
  const scales = { binary: 'log-odds', multiclass: 'margin', regression: 'value' }
  return [
    '/** A prediction, and what each input of the model contributed: of each output, base + contributions = score. */',
    `export type ${prefix}Explained = ${prefix}Prediction & {`,
    '  readonly explanation: {',
    `    readonly scale: '${scales[task]}'`,
    '    readonly outputs: readonly {',
    ...(task === 'regression' ? [] : [`      readonly label: ${prefix}Label`]),
    '      readonly base: number',
    '      readonly score: number',
    '      readonly contributions: { readonly [input: string]: number }',
    '    }[]',
    '  }',
    '}',
  ].join('\n')
}

const propertyName = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name))

/** A text as TypeScript in single quotes. */
const quote = (text: string): string =>
  `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`
