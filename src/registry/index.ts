/**
 * Registry: the models that may serve. Versions with signature, evaluation and lineage, their states, the names
 * `champion` and `challenger` with their whole history, model cards. Tables: `registry_versions`, `registry_states`,
 * `registry_aliases`. Emits `version registered`.
 * Invariants: a version is one ONNX file, or one per segment, that the store holds, and was evaluated; what was registered never changes;
 * a rejected or archived version bears no name.
 */
export * from './schema.ts'
export { migrations } from './migrations.ts'
export { registerVersion } from './register-version.ts'
export type { Registration } from './register-version.ts'
export { modelVersion, versionNumbered, versionOfRun, versionsOf } from './versions.ts'
export { setVersionState, stateHistory } from './version-state.ts'
export { aliasAt, aliasHistory, championAt, setAlias } from './aliases.ts'
export { modelCard } from './model-card.ts'
