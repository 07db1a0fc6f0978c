import type { CheckSpec } from '#system'

/** A check as people read it: `fare between 0 and 1000, for 99 % of rows where payment_type = 1`. */
export function checkName(check: CheckSpec): string {
  const mostly = check.mostly < 1 ? `, for ${Number((check.mostly * 100).toFixed(4))} % of rows` : ''
  const where = check.where === undefined ? '' : `${mostly === '' ? ', for rows' : ''} where ${check.where}`
  return `${what(check)}${mostly}${where}`
}

function what(check: CheckSpec): string {
  switch (check.kind) {
    case 'not-null':
      return `${check.column} not null`
    case 'unique':
      return `${check.columns.join(', ')} unique`
    case 'between':
      return `${check.column} ${range(check.min, check.max)}`
    case 'in-set':
      return `${check.column} in {${list(check.values)}}`
    case 'matches':
      return `${check.column} matches ${check.pattern}`
    case 'fresh':
      return `${check.column ?? 'time'} fresh within ${check.within}`
    case 'row-count':
      return `row count ${range(check.min, check.max)}`
    default:
      return check.name
  }
}

function range(min: number | string | undefined, max: number | string | undefined): string {
  if (min === undefined) return max === undefined ? 'of any size' : `at most ${max}`
  return max === undefined ? `at least ${min}` : `between ${min} and ${max}`
}

const list = (values: readonly unknown[]): string =>
  values.length <= 10 ? values.join(', ') : `${values.slice(0, 9).join(', ')}, … ${values.length - 9} more`
