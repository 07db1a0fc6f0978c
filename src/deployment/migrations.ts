import type { Migration } from '#platform'

/** Endpoints and releases. */
export const migrations: readonly Migration[] = [
  {
    name: 'deployment/0001-releases',
    up: async (database) => {
      await database.schema
        .createTable('deployment_releases')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('release_key', 'text', (column) => column.notNull())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('version_id', 'text', (column) => column.notNull())
        .addColumn('previous_version_id', 'text')
        .addColumn('strategy', 'text', (column) => column.notNull())
        .addColumn('step', 'integer', (column) => column.notNull())
        .addColumn('share', 'double precision', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('started_ms', 'bigint', (column) => column.notNull())
        .addColumn('step_started_ms', 'bigint', (column) => column.notNull())
        .addColumn('finished_ms', 'bigint')
        .addColumn('history', 'text', (column) => column.notNull())
        .addUniqueConstraint('deployment_releases_key', ['system', 'release_key'])
        .addUniqueConstraint('deployment_releases_number', ['system', 'number'])
        .execute()
      await database.schema
        .createTable('deployment_endpoints')
        .addColumn('system', 'text', (column) => column.primaryKey())
        .addColumn('champion_version_id', 'text', (column) => column.notNull())
        .addColumn('champion_release_id', 'text', (column) => column.notNull())
        .addColumn('since_ms', 'bigint', (column) => column.notNull())
        .execute()
    },
  },
]
