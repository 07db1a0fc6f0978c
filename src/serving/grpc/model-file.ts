import { fail } from '../failures.ts'

/** A `RepositoryModelLoadRequest`. */
export interface LoadMessage {
  readonly modelName: string
  readonly parameters: Readonly<Record<string, { readonly bytesParam?: Uint8Array }>>
}

/**
 * The file that a request to load a model hands over, as the parameter `file:<version>/model.onnx`; undefined where it
 * hands over none. What Triton's `config` would set, Millrace learns from the file.
 * @throws {Failure} `serving/badInput` for a file of another name, several, or one without bytes
 */
export function fileToLoad({ parameters }: LoadMessage) {
  const files = Object.keys(parameters).filter((name) => name.startsWith('file:'))
  const [name] = files
  if (name === undefined) return undefined
  if (files.length > 1) throw fail('badInput', `Cannot load the model: ${files.length} files were sent, one is taken`)
  const version = /^file:([\w.-]{1,64})\/model\.onnx$/.exec(name)?.[1]
  const bytes = parameters[name]?.bytesParam
  if (version === undefined || version.startsWith('.'))
    throw fail('badInput', `Cannot load the model: '${name}' does not name a model file`, {
      remedy: "Name it 'file:<version>/model.onnx'",
    })
  if (!bytes) throw fail('badInput', `Cannot load the model: the parameter '${name}' holds no bytes`)
  return { version, bytes }
}
