/** The little of WebAssembly's interface that the tree kernels use; TypeScript declares it for browsers only. */
interface WebAssemblyInterface {
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: Readonly<Record<string, object>>) => { readonly exports: unknown }
}

/** Memory that WebAssembly and TypeScript share, in pages of 64 KiB. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** The engine's own WebAssembly. */
export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface }).WebAssembly
