import { openApp } from '#app'
import { readConfig } from '#platform'

/** Serves the store of its first argument, the loop at work in it, and prints where; ends in order on SIGTERM. */
const app = await openApp({
  folder: process.argv[2] as string,
  config: { ...readConfig(), MILLRACE_LOG: 'error', MILLRACE_THREADS: 2, MILLRACE_MEMORY_MB: 256 },
})
const { url } = await app.listen({ port: 0 })
process.once('SIGTERM', () => void app.close())
console.log(url)
