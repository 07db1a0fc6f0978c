import type { Migration } from '#platform'

/** Who is told of what happens in the registry, and what has still to be told. */
export const webhooksMigration: Migration = {
  name: 'registry/0005-webhooks',
  up: async ({ schema }) => {
    await schema
      .createTable('registry_webhooks')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('project', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('secret', 'text')
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
      .execute()
    const belongs = (name: string) =>
      schema
        .createTable(name)
        .addColumn('webhook', 'text', (column) => column.notNull().references('registry_webhooks.id'))
    await belongs('registry_webhook_events')
      .addColumn('event', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('registry_webhook_events_key', ['event', 'webhook'])
      .execute()
    await belongs('registry_webhook_deliveries')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('event', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('due_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('failure', 'text')
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute()
    await schema
      .createIndex('registry_webhook_deliveries_due')
      .on('registry_webhook_deliveries')
      .columns(['state', 'due_at_ms'])
      .execute()
    await schema
      .createIndex('registry_webhook_deliveries_of')
      .on('registry_webhook_deliveries')
      .columns(['webhook', 'state', 'due_at_ms'])
      .execute()
  },
}
