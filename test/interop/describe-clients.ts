import { beforeAll, describe, expect, test } from 'vitest'
import { runClient, type Outcome } from './python-client.ts'

/** A script of `clients/`, and what its client is asked to do there, by the names of the checks. */
export interface ClientChecks {
  readonly client: string
  readonly script: () => readonly string[]
  readonly checks: Readonly<Record<string, string>>
}

/** Runs scripts, a test for each check; they are skipped where there is no Python. */
export function describeClients(python: string | undefined, clients: readonly ClientChecks[]): void {
  describe.skipIf(python === undefined).each(clients.map((one) => [one.client, one] as const))(
    '%s',
    (_, { script, checks }) => {
      let outcomes: readonly Outcome[]
      beforeAll(async () => {
        outcomes = await runClient(python as string, script())
      })

      test.each(Object.entries(checks).map(([check, does]) => [does, check]))('%s', (_, check) => {
        expect(outcomes.find((one) => one.check === check)).toEqual({ check, ok: true })
      })

      test('makes every check, and none that is not named here', () => {
        expect(outcomes.map(({ check }) => check)).toEqual(Object.keys(checks))
      })
    },
  )
}
