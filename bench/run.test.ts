import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { meetsBar, type Figure } from './bench-shape.ts'

test('lists the benchmarks, and exits with 2 for a name that is none', async () => {
  const [list, unknown] = await Promise.all([run('--json'), run('no-such-bench')])
  expect(JSON.parse(list.stdout)).toContainEqual({
    name: 'onnx-parity',
    about: expect.stringContaining('every trainer'),
  })
  expect([list.code, unknown.code]).toEqual([0, 2])
  expect(unknown.stderr).toMatch(/Cannot find the benchmark 'no-such-bench': there are .*onnx-parity/)
})

test.each([
  [1, 2, 'lower', true],
  [2, 2, 'lower', true],
  [3, 2, 'lower', false],
  [2, 2, 'higher', true],
  [1, 2, 'higher', false],
  [NaN, 2, 'lower', false],
  [NaN, 2, 'higher', false],
] as const)('meetsBar() of %d against %d, %s is better: %s', (figure, bar, better, meets) => {
  expect(meetsBar({ figure, bar, better } as Figure)).toBe(meets)
})

function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const program = join(import.meta.dirname, 'run.ts')
    const child = execFile(process.execPath, ['--conditions=source', program, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}
