import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Bench } from './bench-shape.ts'
import { measuredChild } from './measured-child.ts'

const root = resolve(import.meta.dirname, '..')

/** What a newcomer does: clone and `npm start`. */
export const bench: Bench = {
  name: 'fresh-clone',
  about: 'Clone the project and run npm start -- --once: time to a live prediction, and the largest process',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-fresh-clone-'))
    const clone = join(folder, 'millrace')
    try {
      await promisify(execFile)('git', ['clone', '--quiet', root, clone])
      const done = await measuredChild('npm', ['start', '--', '--once'], {
        cwd: clone,
        env: newcomersEnvironment(clone),
        tell: (text) => context.log(text.trimEnd()),
      })
      if (done.code !== 0) throw new Error(`Cannot start a fresh clone: npm start ended with ${done.code}`)
      const against = 'packages installed, compiled, rehearsed, live'
      return [
        { name: 'fresh clone: time', figure: done.seconds, bar: 240, unit: 's', better: 'lower', against },
        {
          name: 'fresh clone: largest process',
          figure: done.peakMb,
          bar: 1500,
          unit: 'MB',
          better: 'lower',
          against,
        },
      ]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** The environment without what this project's own npm or settings put into it. */
function newcomersEnvironment(clone: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !name.startsWith('npm_') && !name.startsWith('MILLRACE_') && !['INIT_CWD', 'NODE_OPTIONS'].includes(name),
  )
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => !part.startsWith(root))
  return { ...Object.fromEntries(own), PATH: path.join(':'), PWD: clone }
}
