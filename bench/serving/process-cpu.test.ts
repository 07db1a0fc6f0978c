import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cpuMicros, endTree } from './process-cpu.ts'

const hasProc = existsSync('/proc/self/stat')
const withoutProc = hasProc ? '' : ' (skipped: the machine has no /proc)'

test.skipIf(!hasProc)(
  `cpuMicros() counts a process, its child that lives and its child that has ended${withoutProc}`,
  async () => {
    const spin =
      'for (;;) { for (let i = 0; i < 1e6; i++); const { user, system } = process.cpuUsage(); if (user + system > 3e5) break }'
    const parent = await start(`
    const { spawnSync, spawn } = require('node:child_process')
    spawnSync(process.execPath, ['-e', ${JSON.stringify(spin)}])
    ${spin}
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${spin} console.log(1); setInterval(() => {}, 1000)`)}])
    child.stdout.once('data', () => console.log(child.pid))
    setInterval(() => {}, 1000)`)
    const micros = await cpuMicros(parent.process.pid as number)
    await endTree(parent.process.pid as number, { patienceMs: 2000 })
    expect(micros).toBeGreaterThan(860_000)
    expect(micros).toBeLessThan(2_000_000)
  },
)

test.skipIf(!hasProc)(
  `endTree() ends a process that will not listen and the child that it left${withoutProc}`,
  async () => {
    const parent = await start(`
    process.on('SIGTERM', () => {})
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    child.once('spawn', () => console.log(child.pid))
    setInterval(() => {}, 1000)`)
    expect(isAlive(parent.said)).toBe(true)
    const gone = new Promise((resolve) => parent.process.once('exit', (_, signal) => resolve(signal)))
    await endTree(parent.process.pid as number, { patienceMs: 300 })
    expect(await gone).toBe('SIGKILL')
    await expect.poll(() => isAlive(parent.said)).toBe(false)
  },
)

test.skipIf(!hasProc)(`cpuMicros() of a process that is gone is not a number${withoutProc}`, async () => {
  const { process } = await start('console.log(1)')
  await new Promise((resolve) => (process.exitCode === null ? process.once('exit', resolve) : resolve(null)))
  expect(await cpuMicros(process.pid as number)).toBeNaN()
})

/** Runs a script until it first says a number. */
async function start(script: string): Promise<{ readonly process: ChildProcess; readonly said: number }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve))
  return { process: child, said: Number(said.toString()) }
}

/** One that nobody has waited for is still listed, and dead. */
function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
}
