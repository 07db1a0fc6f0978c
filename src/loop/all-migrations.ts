import { migrations as dataset } from '#dataset'
import { migrations as deployment } from '#deployment'
import { migrations as feedback } from '#feedback'
import { migrations as governance } from '#governance'
import { migrations as ingress } from '#ingress'
import { migrations as monitoring } from '#monitoring'
import type { Migration } from '#platform'
import { migrations as quality } from '#quality'
import { migrations as registry } from '#registry'
import { migrations as serving } from '#serving'
import { migrations as system } from '#system'
import { migrations as tracking } from '#tracking'
import { migrations as loop } from './migrations.ts'

/** Every table of the loop and of the parts that it drives: what a whole workspace is opened with. */
export const allMigrations: readonly Migration[] = [
  ...governance,
  ...system,
  ...ingress,
  ...quality,
  ...dataset,
  ...tracking,
  ...registry,
  ...deployment,
  ...serving,
  ...feedback,
  ...monitoring,
  ...loop,
]
