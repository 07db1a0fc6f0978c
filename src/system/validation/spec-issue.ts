/** One mistake in a system. */
export interface SpecIssue {
  /** Where: 'framing.cost.falsePositive', 'checks[2].kind'; empty for the whole. */
  readonly path: string
  /** What is wrong: "is missing", "is 'x'". */
  readonly problem: string
  /** What would be right: 'a number', "one of 'up', 'down'"; empty where the problem says it. */
  readonly expected: string
}

/** The path of an issue as one would write it. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, place) => {
      if (typeof step === 'number') return `[${step}]`
      const name = String(step)
      if (!/^[A-Za-z_][\w-]*$/.test(name)) return `['${name}']`
      return place === 0 ? name : `.${name}`
    })
    .join('')
}

/** One line: path, what is wrong, what would be right. */
export function issueText({ path, problem, expected }: SpecIssue): string {
  return `${path === '' ? 'the system' : path} ${problem}${expected === '' ? '' : `; expected ${expected}`}`
}
