/** What follows an instruction in the binary format. */
type Immediate = 'none' | 'local' | 'label' | 'i32' | 'f64' | 'memory' | 'zeroes' | 'lanes'

/** One instruction: its bytes, and what follows them. */
export interface Opcode {
  readonly bytes: readonly number[]
  readonly immediate: Immediate
  /** Natural alignment of a memory access, as a power of two. */
  readonly align?: number
}

const plain = (byte: number): Opcode => ({ bytes: [byte], immediate: 'none' })
const access = (byte: number, align: number): Opcode => ({ bytes: [byte], immediate: 'memory', align })
const simd = (...bytes: readonly number[]): Opcode => ({ bytes: [0xfd, ...bytes], immediate: 'none' })
const simdAccess = (byte: number, align: number): Opcode => ({ bytes: [0xfd, byte], immediate: 'memory', align })

/**
 * The instructions that the tree kernels use, by their WebAssembly text name.
 * @see https://webassembly.github.io/spec/core/appendix/index-instructions.html
 */
export const opcodes: Readonly<Record<string, Opcode>> = {
  br: { bytes: [0x0c], immediate: 'label' },
  br_if: { bytes: [0x0d], immediate: 'label' },
  return: plain(0x0f),
  'local.get': { bytes: [0x20], immediate: 'local' },
  'local.set': { bytes: [0x21], immediate: 'local' },
  'local.tee': { bytes: [0x22], immediate: 'local' },
  'i32.load': access(0x28, 2),
  'f32.load': access(0x2a, 2),
  'f64.load': access(0x2b, 3),
  'i32.load8_u': access(0x2d, 0),
  'i32.load16_u': access(0x2f, 1),
  'i32.store': access(0x36, 2),
  'f32.store': access(0x38, 2),
  'f64.store': access(0x39, 3),
  'i32.const': { bytes: [0x41], immediate: 'i32' },
  'f64.const': { bytes: [0x44], immediate: 'f64' },
  'i32.eqz': plain(0x45),
  'i32.eq': plain(0x46),
  'i32.lt_u': plain(0x49),
  'i32.le_u': plain(0x4d),
  'i32.ge_u': plain(0x4f),
  'i32.add': plain(0x6a),
  'i32.sub': plain(0x6b),
  'i32.mul': plain(0x6c),
  'i32.and': plain(0x71),
  'i32.or': plain(0x72),
  'i32.shl': plain(0x74),
  'i32.shr_u': plain(0x76),
  'f64.add': plain(0xa0),
  'memory.copy': { bytes: [0xfc, 0x0a], immediate: 'zeroes' },
  'v128.load': simdAccess(0x00, 4),
  'v128.load64_zero': simdAccess(0x5d, 3),
  'v128.load64_splat': simdAccess(0x0a, 3),
  'v128.store': simdAccess(0x0b, 4),
  'i8x16.shuffle': { bytes: [0xfd, 0x0d], immediate: 'lanes' },
  'v128.and': simd(0x4e),
  'v128.xor': simd(0x51),
  'f64x2.splat': simd(0x14),
  'f64x2.promote_low_f32x4': simd(0x5f),
  'f32x4.demote_f64x2_zero': simd(0x5e),
  'f64x2.nearest': simd(0x94, 0x01),
  'i64x2.shl': simd(0xcb, 0x01),
  'f64x2.abs': simd(0xec, 0x01),
  'f64x2.neg': simd(0xed, 0x01),
  'f64x2.add': simd(0xf0, 0x01),
  'f64x2.sub': simd(0xf1, 0x01),
  'f64x2.mul': simd(0xf2, 0x01),
  'f64x2.div': simd(0xf3, 0x01),
  'f64x2.pmin': simd(0xf6, 0x01),
  'f64x2.pmax': simd(0xf7, 0x01),
}

/** Value types by name. */
export const valueTypes: Readonly<Record<string, number>> = { i32: 0x7f, f64: 0x7c, v128: 0x7b }
