import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openApp, type App, type AppListening } from '#app'
import { addressFile } from './connect.ts'
import { runStages } from './progress.ts'

/** A store that this process serves, where other commands find it, until the block ends that it is declared in. */
export interface ServedStore extends AsyncDisposable {
  readonly app: App
  readonly at: AppListening
}

/** Opens a store and its port, and says that the processes behind it start: that takes some seconds. */
export async function serveStore(
  store: string,
  { port, json }: { readonly port: number | undefined; readonly json: boolean },
): Promise<ServedStore> {
  const app = await openApp({ folder: store, servesBeside: true })
  const address = join(store, addressFile)
  const close = async (): Promise<void> => {
    await rm(address, { force: true })
    await app.close()
  }
  try {
    const state: { at?: AppListening } = {}
    const start = async (shared: typeof state): Promise<void> => {
      shared.at = await app.listen(port === undefined ? {} : { port })
    }
    await runStages([{ title: 'Start serving', run: start }], state, { quiet: json })
    const at = state.at as AppListening
    await writeFile(address, JSON.stringify({ url: at.url, pid: process.pid }))
    return { app, at, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}
