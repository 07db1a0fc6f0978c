import type { GraphSession } from './graph-session.ts'

export interface SessionOptions {
  /** Threads that one run is spread over, 1 where absent: more than the idle cores is far slower. */
  readonly threads?: number
  /**
   * Also writes the graph into this file as it was prepared for this processor, its weights into one beside it. Opened
   * from there, weights are mapped, not copied.
   */
  readonly preparedFile?: string
}

/**
 * Loads an ONNX file. ONNX Runtime itself is loaded with the first of them.
 * @param source its bytes, or the path of the file: then tensors that it keeps in files beside it are found
 * @throws {Failure} `model/unreadable`, `model/unsupportedType`
 */
export async function openSession(source: Uint8Array | string, options: SessionOptions = {}): Promise<GraphSession> {
  const { runtimeSession } = await import('./runtime-session.ts')
  return runtimeSession(source, options)
}

/** The version of ONNX Runtime, which is loaded for it. */
export const runtimeVersion = async (): Promise<string> => (await import('./runtime-session.ts')).version
