import { components, mayImport } from './architecture.mjs'

const others = (name: string) => components.filter((other) => other !== name)

/** The import rules of one component, made from the table. */
const boundary = (name: string) => ({
  files: [`src/${name}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${others(name).join('|')})/`,
            message: "Name the component: import from '#registry', not '../registry/…'",
          },
          {
            regex: `^(\\.\\./)+(cli|sdk|web|bench|test|examples|app|main)\\b`,
            message: 'A component knows nothing of what is composed from it',
          },
          {
            regex: `^#(${[...others(name).filter((other) => !mayImport[name]?.includes(other)), '(?:app|main|sdk)'].join('|')})(/|$)`,
            message: `${name} may import only: ${mayImport[name]?.join(', ') || 'nothing'} (architecture.mjs)`,
          },
        ],
      },
    ],
  },
})

export default {
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['dist', 'node_modules', '**/*.gen.*', '**/fixtures/**'],
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'import/no-unassigned-import': 'off',
    'import/no-named-as-default-member': 'off',
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', { max: 3 }],
    'typescript/no-floating-promises': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-unsafe-type-assertion': 'off',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'no-await-in-loop': 'off',
    'no-underscore-dangle': 'off',
    'no-shadow': 'off',
    'no-console': 'error',
  },
  overrides: [
    ...components.map(boundary),
    { files: ['**/*.test.ts'], rules: { 'max-params': 'off' } },
    { files: ['cli/**', 'bench/**', 'scripts/**'], rules: { 'no-console': 'off' } },
    { files: ['*.mjs', '*.config.ts', 'examples/**'], rules: { 'import/no-default-export': 'off' } },
  ],
}
