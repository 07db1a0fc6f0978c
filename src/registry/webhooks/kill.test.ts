import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openReceiver } from './fixtures/receiver.ts'
import { askRegistry, tell } from './fixtures/registry-server.ts'

const program = fileURLToPath(new URL('fixtures/registry-child.ts', import.meta.url))

test('a webhook is told what happened although the process was killed, by the same id', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'webhooks-kill-'))
  const receiver = await openReceiver()
  let child: ChildProcess | undefined
  const start = async (): Promise<string> => {
    child = spawn(process.execPath, ['--conditions=source', program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    return line.toString().trim()
  }
  const kill = async (): Promise<void> => {
    const ended = once(child as ChildProcess, 'exit')
    child?.kill('SIGKILL')
    await ended
  }
  try {
    const url = await start()
    await tell({ url }, receiver.url, { events: ['registered_model.created'] })
    // The first is under way when the process dies, the second waits behind it.
    receiver.answers(() => undefined)
    for (const name of ['under way', 'waiting']) await askRegistry({ url }, 'POST registered-models/create', { name })
    const [first] = await receiver.hears(1)
    await kill()
    receiver.answers((_, response) => void response.writeHead(200).end())
    const before = receiver.told.length
    await start()
    await receiver.hears(before + 2)
    const after = receiver.told.slice(before)
    expect(new Set(after.map(({ data }) => data['name']))).toEqual(new Set(['under way', 'waiting']))
    const again = after.find(({ data }) => data['name'] === 'under way')
    expect(again?.headers['x-mlflow-delivery-id']).toBe(first?.headers['x-mlflow-delivery-id'])
    expect(again?.body).toBe(first?.body)
  } finally {
    await kill()
    await receiver.close()
    await rm(folder, { recursive: true, maxRetries: 3 })
  }
})
