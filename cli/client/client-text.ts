import { clientCode } from './client-code.ts'
import { clientTypes } from './client-types.ts'
import type { ClientForm } from './client-form.ts'

/** How the first line of every client begins: a file that begins so may be written anew. */
export const clientMark = '// Typed client of the Millrace system '

/**
 * A TypeScript file that asks one system for predictions: types of its rows and answers, and a client over `fetch`. It
 * imports nothing.
 * @param command what makes the file again
 */
export function clientText(form: ClientForm, command: string): string {
  const prefix = form.system
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')
  return [
    `${clientMark}'${form.system}', made from version ${form.version} of its model.`,
    '// Columns and classes are those of that version. Make it again when they change:',
    `//   ${command}`,
    '',
    clientTypes(form, prefix),
    '',
    clientCode(form, prefix),
    '',
  ].join('\n')
}
