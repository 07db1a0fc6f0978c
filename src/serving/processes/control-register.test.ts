import { expect, test } from 'vitest'
import type { LogPart } from '../schema.ts'
import { controlRegister } from './control-register.ts'
import type { FromServing } from './messages.ts'

const part = { name: 'model/adds/writer-1.ndjson' } as LogPart
const content = { rows: 1, fromMs: 1, toMs: 1, firstId: 'a', lastId: 'a', atMs: 2 }

function openRegister() {
  const said: FromServing[] = []
  const alone: string[] = []
  const listing = controlRegister((message) => void said.push(message), {
    open: async ({ name }) => void alone.push(`open ${name}`),
    seal: async (name) => void alone.push(`seal ${name}`),
  })
  return { said, alone, listing }
}

test('controlRegister() lists a file once the control process says that it has', async () => {
  const { said, alone, listing } = openRegister()
  let isListed = false
  const opening = listing.register.open(part).then(() => (isListed = true))
  await Promise.resolve()
  expect([said, isListed]).toEqual([[{ kind: 'partOpened', call: 1, part }], false])
  listing.listed(1, null)
  await opening
  expect(alone).toEqual([])
})

test('controlRegister() tells why a file could not be listed', async () => {
  const { listing } = openRegister()
  const sealing = listing.register.seal(part.name, content)
  const problem = {
    type: '',
    title: '',
    status: 507,
    detail: 'Cannot write: the disk is full',
    remedy: 'Make room',
    code: 'platform/diskFull',
    retry: true,
    details: {},
  }
  listing.listed(1, problem)
  await expect(sealing).rejects.toMatchObject({ code: 'platform/diskFull', message: problem.detail })
})

test('controlRegister() lists by itself what waits, and what comes, once the control process is gone', async () => {
  const { said, alone, listing } = openRegister()
  const opening = listing.register.open(part)
  listing.listAlone()
  await opening
  await listing.register.seal(part.name, content)
  expect([said.length, alone]).toEqual([1, [`open ${part.name}`, `seal ${part.name}`]])
})
