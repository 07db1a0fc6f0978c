import type { Database, EpochMs } from '#platform'
import type { Arm } from '#deployment'
import type { ArmSums } from './arm-rows.ts'
import type { CycleResult } from './schema.ts'

type Tables = {
  loop_trainings: { training_key: string; system: string; at_ms: number; trigger_name: string; result: string | null }
  loop_arm_windows: { system: string; start_ms: number; arm: string; version_id: string; sums: string }
}

/** A training that began; `result` is null until it ended. */
export interface Training {
  readonly key: string
  readonly system: string
  readonly atMs: EpochMs
  readonly trigger: string
  readonly result: CycleResult | null
}

/** Records that a training began; a second time changes nothing. */
export async function putTraining(database: Database, training: Omit<Training, 'result'>): Promise<void> {
  await tables(database)
    .insertInto('loop_trainings')
    .values({
      training_key: training.key,
      system: training.system,
      at_ms: training.atMs,
      trigger_name: training.trigger,
      result: null,
    })
    .onConflict((conflict) => conflict.column('training_key').doNothing())
    .execute()
}

/** Records how a training ended. */
export async function endTraining(database: Database, key: string, result: CycleResult): Promise<void> {
  await tables(database)
    .updateTable('loop_trainings')
    .set({ result: JSON.stringify(result) })
    .where('training_key', '=', key)
    .execute()
}

/** Trainings of a system, the first one first. */
export async function readTrainings(database: Database, system: string): Promise<readonly Training[]> {
  const rows = await tables(database)
    .selectFrom('loop_trainings')
    .selectAll()
    .where('system', '=', system)
    .orderBy('at_ms')
    .orderBy('training_key')
    .execute()
  return rows.map((row) => ({
    key: row.training_key,
    system: row.system,
    atMs: row.at_ms,
    trigger: row.trigger_name,
    result: row.result === null ? null : (JSON.parse(row.result) as CycleResult),
  }))
}

/** What an arm did in one window; a second time takes the place of the first, since late outcomes may have come. */
export async function putArmWindow(
  database: Database,
  window: {
    readonly system: string
    readonly startMs: EpochMs
    readonly arm: Arm
    readonly versionId: string
    readonly sums: ArmSums
  },
): Promise<void> {
  const row = {
    system: window.system,
    start_ms: window.startMs,
    arm: window.arm,
    version_id: window.versionId,
    sums: JSON.stringify(window.sums),
  }
  await tables(database)
    .insertInto('loop_arm_windows')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['system', 'start_ms', 'arm']).doUpdateSet({ version_id: row.version_id, sums: row.sums }),
    )
    .execute()
}

/** What an arm did in every window from a moment on. */
export async function readArmWindows(
  database: Database,
  { system, arm, fromMs }: { readonly system: string; readonly arm: Arm; readonly fromMs: EpochMs },
): Promise<readonly ArmSums[]> {
  const rows = await tables(database)
    .selectFrom('loop_arm_windows')
    .select('sums')
    .where('system', '=', system)
    .where('arm', '=', arm)
    .where('start_ms', '>=', fromMs)
    .orderBy('start_ms')
    .execute()
  return rows.map((row) => JSON.parse(row.sums) as ArmSums)
}

const tables = (database: Database) => database.withTables<Tables>()
