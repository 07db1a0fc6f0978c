/**
 * The live loop: what a server starts with. The turn of a system and the judgement of a registered model as durable work,
 * the routes that ask for them, and who looks for models to judge. What they do is loaded with the first work of its kind.
 */
export { loopRoutes } from '../routes.ts'
export { judgeVersions } from '../registration/judge-versions.ts'
export type { ServedFiles } from '../registration/register-model.ts'
export { registrationWorkflow } from '../registration/registration-workflow.ts'
export { turnWorkflow } from './turn-workflow.ts'
