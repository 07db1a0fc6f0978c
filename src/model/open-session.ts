import type { GraphSession } from './graph-session.ts'

/**
 * Loads an ONNX file. ONNX Runtime itself is loaded with the first of them.
 * @param source its bytes, or the path of the file: then tensors that it keeps in files beside it are found
 * @param options.threads threads that one run is spread over, 1 where absent: more than the idle cores is far slower
 * @throws {Failure} `model/unreadable`, `model/unsupportedType`
 */
export async function openSession(
  source: Uint8Array | string,
  options: { readonly threads?: number } = {},
): Promise<GraphSession> {
  const { runtimeSession } = await import('./runtime-session.ts')
  return runtimeSession(source, options)
}
