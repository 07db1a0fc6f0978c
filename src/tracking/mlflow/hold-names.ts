import { posix } from 'node:path'
import { invalid, missing, wrongValue } from './mlflow-failure.ts'

/** Names of metrics, parameters and tags. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function holdKey(what: string, name: string): void {
  if (!allowed.test(name))
    throw wrongValue(
      'name',
      name,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    )
  if (isPathLike(name))
    throw wrongValue(
      'name',
      name,
      `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${posix.normalize(name)}'`,
    )
  holdLength(`${what} name`, name, longestKey)
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where a text has too many characters */
export function holdLength(what: string, text: string, longest: number): void {
  if (text.length <= longest) return
  throw invalid(
    `${what} value '${text.slice(0, 20)}…' had length ${text.length}, which exceeded length limit of ${longest}`,
  )
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function holdExperimentName(name: string): void {
  if (name === '') throw missing('name')
  if (name.length > longestExperimentName)
    throw invalid(`'name' exceeds the maximum length of ${longestExperimentName} characters: it has ${name.length}`)
}

/** A text cut to what is stored of it, as MLflow does. */
export const cut = (text: string, longest: number): string => (text.length > longest ? text.slice(0, longest) : text)

/** Letters and digits of any language, as in Python. */
const allowed = /^[/\p{L}\p{N}_.\- :]*$/u
const isPathLike = (name: string): boolean => {
  const normal = posix.normalize(name)
  return normal !== name || normal === '.' || normal.startsWith('..') || normal.startsWith('/')
}

const longestKey = 250
const longestExperimentName = 500
export const longestParam = 6000
export const longestTag = 8000
