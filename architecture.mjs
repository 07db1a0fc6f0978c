/**
 * The system, in the order data flows through it. A component may import only what is listed, and may list only
 * components above itself: so imports point upstream and no cycle can exist. Loops (drift -> retrain) close through
 * events and decisions, never through an import.
 *
 * @type {Record<string, string[]>}
 */
export const mayImport = {
  platform: [],
  model: ['platform'],
  governance: ['platform'],
  orchestration: ['platform', 'governance'],
  system: ['platform', 'model', 'governance'],
  ingress: ['platform', 'model', 'governance', 'system'],
  quality: ['platform', 'model', 'governance', 'system', 'ingress'],
  dataset: ['platform', 'model', 'governance', 'system', 'ingress', 'quality'],
  tracking: ['platform', 'governance', 'system', 'dataset', 'model'],
  training: ['platform', 'system', 'dataset', 'model', 'tracking'],
  evaluation: ['platform', 'system', 'dataset', 'model', 'tracking'],
  registry: ['platform', 'governance', 'system', 'dataset', 'model', 'tracking', 'evaluation'],
  deployment: ['platform', 'governance', 'system', 'model', 'evaluation', 'registry'],
  serving: ['platform', 'governance', 'system', 'dataset', 'model', 'evaluation', 'registry', 'deployment'],
  feedback: ['platform', 'governance', 'system', 'serving'],
  monitoring: ['platform', 'model', 'governance', 'system', 'quality', 'dataset', 'evaluation', 'serving', 'feedback'],
  analysis: [
    'platform',
    'model',
    'governance',
    'system',
    'quality',
    'tracking',
    'evaluation',
    'registry',
    'deployment',
    'monitoring',
  ],
  loop: [
    'platform',
    'governance',
    'orchestration',
    'system',
    'ingress',
    'quality',
    'dataset',
    'model',
    'tracking',
    'training',
    'evaluation',
    'registry',
    'deployment',
    'serving',
    'feedback',
    'monitoring',
    'analysis',
  ],
  collection: ['platform', 'orchestration', 'ingress', 'quality', 'dataset', 'tracking', 'registry', 'serving', 'loop'],
  rehearsal: [
    'platform',
    'governance',
    'system',
    'ingress',
    'quality',
    'dataset',
    'model',
    'training',
    'evaluation',
    'registry',
    'deployment',
    'serving',
    'feedback',
    'monitoring',
    'analysis',
    'loop',
  ],
}

/** The components' folder names under `src/`, in the order data flows. */
export const components = Object.keys(mayImport)
