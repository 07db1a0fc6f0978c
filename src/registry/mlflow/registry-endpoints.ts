import type { Endpoint } from '#tracking'
import type { VersionJudge } from '../models/version-judge.ts'
import { aliasEndpoints } from './alias-endpoints.ts'
import { modelVersionEndpoints } from './model-version-endpoints.ts'
import { registeredModelEndpoints } from './registered-model-endpoints.ts'

/**
 * The addresses of MLflow's registry: models, their versions and aliases; prompts are models with a tag.
 * @param judge what judges versions and lets them serve; without one all are ready at once, and none serves
 */
export const registryEndpoints = (judge?: VersionJudge): readonly Endpoint[] => [
  ...registeredModelEndpoints(judge),
  ...aliasEndpoints,
  ...modelVersionEndpoints(judge),
]
