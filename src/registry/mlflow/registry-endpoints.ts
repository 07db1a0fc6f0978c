import type { Endpoint } from '#tracking'
import { aliasEndpoints } from './alias-endpoints.ts'
import { modelVersionEndpoints } from './model-version-endpoints.ts'
import { registeredModelEndpoints } from './registered-model-endpoints.ts'

/** The addresses of MLflow's registry: models, their versions and aliases; prompts are models with a tag. */
export const registryEndpoints: readonly Endpoint[] = [
  ...registeredModelEndpoints,
  ...aliasEndpoints,
  ...modelVersionEndpoints,
]
