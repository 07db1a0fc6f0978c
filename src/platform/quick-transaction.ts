import { CompiledQuery, type Kysely } from 'kysely'

/**
 * Runs statements as one transaction that does not wait for the disk: what it wrote survives the end of the process, but
 * the last moments before the machine loses its power may be lost. For what is written often and matters little alone.
 */
export function inQuickTransaction<Tables, T>(
  database: Kysely<Tables>,
  work: (transaction: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  return database.connection().execute(async (connection) => {
    await connection.executeQuery(CompiledQuery.raw(beginQuick))
    try {
      const result = await work(connection)
      await connection.executeQuery(CompiledQuery.raw('commit'))
      return result
    } catch (error) {
      // What failed may have ended the transaction by itself.
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => undefined)
      throw error
    }
  })
}

/** Stands for the statements that begin such a transaction; each database has its own. */
export const beginQuick = 'begin quick'
