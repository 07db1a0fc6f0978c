import { defineConfig } from 'vitest/config'

// Vite adds 'import' and 'default' itself. Named here they would reach Node, where 'import' makes packages that
// `require` others get their ES modules, unlike in production.
const conditions = ['source', 'node']

export default defineConfig({
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    include: ['{src,cli,sdk,test,bench,examples}/**/*.test.ts'],
    exclude: ['test/interop/**', '**/node_modules/**', '**/fixtures/**'],
    setupFiles: ['test/fixtures/drop-test-schemas.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
  },
})
