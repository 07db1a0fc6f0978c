/**
 * Registry: the models that may serve. Versions with signature, evaluation and lineage, their states, the names
 * `champion` and `challenger` with their whole history, model cards; and the models that clients of MLflow register, with
 * versions, stages, aliases and tags, and the webhooks that are told of them. Tables: `registry_*`, of which `registry_models`,
 * `registry_model_*` and `registry_webhook*` are those of clients. Emits `version registered`.
 * Invariants: a version is one ONNX file, or one per segment, that the store holds, and was evaluated; what was registered never changes;
 * a rejected or archived version bears no name; the number of a version is never given again; a webhook is told of what happened
 * if it happened, and only then.
 */
export * from './schema.ts'
export { blobReferences } from './blob-references.ts'
export { registerVersion } from './register-version.ts'
export type { Registration } from './register-version.ts'
export { modelVersion, versionNumbered, versionOfRun, versionsOf } from './versions.ts'
export { setVersionState, stateHistory } from './version-state.ts'
export { aliasAt, aliasHistory, championAt, setAlias } from './aliases.ts'
export { modelCard } from './model-card.ts'
export { locationsOfVersions } from './models/store/model-versions.ts'
export { versionArtifactProtocol } from './mlflow/version-artifacts.ts'
export {
  deletedServices,
  endRegistration,
  forgetService,
  pendingVersion,
  pendingVersions,
  registeredAs,
  registeredVersion,
} from './models/registrations.ts'
export type { PendingVersion, RegistrationEnd } from './models/registrations.ts'
export { readMlModel } from './models/read-mlmodel.ts'
export type { MlModel, SignatureEntry } from './models/read-mlmodel.ts'
export type { VersionJudge, VersionKey } from './models/version-judge.ts'
export { registryEndpoints } from './mlflow/registry-endpoints.ts'
export { wakingWebhooks, webhookEndpoints } from './mlflow/webhook-endpoints.ts'
export { openWebhooks } from './webhooks/open-webhooks.ts'
export type { WebhookOptions, Webhooks } from './webhooks/open-webhooks.ts'
export { routes } from './routes.ts'
