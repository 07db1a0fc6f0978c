import { sql } from 'kysely'
import type { Migration } from '#platform'

/** Tokens of the API, by the hash of their secret. */
export const tokensMigration: Migration = {
  name: 'governance/0002-tokens',
  up: async (database) => {
    await database.schema
      .createTable('governance_tokens')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('role', 'text')
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('project', 'text')
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('expires_at_ms', 'bigint')
      .addColumn('revoked_at_ms', 'bigint')
      .addColumn('revoked_by', 'text')
      .addColumn('last_used_at_ms', 'bigint')
      .execute()
    // A name says who calls, in the decision log too: it is free once its token was revoked.
    await sql`create unique index governance_tokens_by_name on governance_tokens (name) where revoked_at_ms is null`.execute(
      database,
    )
  },
}
