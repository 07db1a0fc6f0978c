import { defineConfig } from 'vitest/config'

const conditions = ['source', 'node']

export default defineConfig({
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 120_000,
    // A new environment of Python is made the first time.
    hookTimeout: 900_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
