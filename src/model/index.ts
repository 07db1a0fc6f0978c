/**
 * Model: the one standard format. Builds ONNX files, opens and runs them; every trainer ends here and every scorer
 * starts here. Owns no tables and emits no events.
 *
 * Invariant: preprocessing is inside the file, one named input per column, and the signature travels with it.
 */
export type * from './schema.ts'
