import { createHash } from 'node:crypto'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, python } from '../authoring/program-candidates.ts'
import { sampleInput } from '../fixtures/sample-input.ts'
import type { SystemInput, SystemSpec } from '../schema.ts'
import { parseSystem } from '../validation/parse-system.ts'
import { loadSystemFile } from './load-system-file.ts'
import { pinPrograms } from './pin-programs.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'))
  await writeFile(join(folder, 'train.py'), 'print(1)')
  await writeFile(join(folder, 'rows.py'), 'rows = []')
  await writeFile(join(folder, 'requirements.txt'), '# pinned\nnumpy==2.4.6  # arrays\n\nonnx \\\n  ==1.23.2\r\n')
  await symlink('/etc/hostname', join(folder, 'link.py'))
})
afterAll(() => rm(folder, { recursive: true }))

type Candidate = SystemInput['candidates'][number]
const system = (...candidates: Candidate[]): SystemSpec =>
  parseSystem({ ...sampleInput(), candidates, evaluation: { split: { kind: 'random' } } })
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('pinPrograms()', () => {
  test('reads the files of programs: their digests, and the packages that a file names', async () => {
    const spec = await pinPrograms(
      system(
        python('train.py', {
          requirements: 'requirements.txt',
          files: ['rows.py'],
          args: ['--fast'],
          parameters: { depth: 6 },
        }),
        command(['Rscript', 'train.py'], { timeout: '5m', threads: 4, environment: ['HTTPS_PROXY'] }),
      ),
      folder,
    )
    expect(spec.candidates).toMatchObject([
      {
        kind: 'python',
        params: { depth: 6 },
        program: {
          command: ['train.py', '--fast'],
          requirements: ['numpy==2.4.6', 'onnx ==1.23.2'],
          files: { 'train.py': sha256('print(1)'), 'rows.py': sha256('rows = []') },
          threads: 1,
          memoryMb: 4096,
          timeout: '1h',
          rehearse: true,
        },
      },
      {
        kind: 'command',
        program: { files: { 'train.py': sha256('print(1)') }, timeout: '5m', threads: 4, environment: ['HTTPS_PROXY'] },
      },
    ])
    expect(await pinPrograms(spec, folder)).toEqual(spec)
  })

  test.each([
    ['a script that is not there', python('absent.py'), 'there is no file absent.py beside the system file'],
    ['a script that leads out of the folder', python('link.py'), 'there is no file link.py'],
    ['requirements that are not there', python('train.py', { requirements: 'none.txt' }), 'there is no file none.txt'],
    ['a module that is not there', python('train.py', { files: ['gone.py'] }), 'there is no file gone.py'],
  ])('refuses %s', async (_, candidate, says) => {
    await expect(pinPrograms(system(candidate), folder)).rejects.toMatchObject({
      code: 'system/missingFile',
      message: expect.stringContaining(says),
    })
  })

  test('is done as a system file is loaded', async () => {
    const text = JSON.stringify({
      ...sampleInput(),
      candidates: [python('train.py')],
      evaluation: { split: { kind: 'random' } },
    })
    await writeFile(join(folder, 'a.system.json'), text)
    const loaded = await loadSystemFile(folder)
    expect(loaded.spec.candidates[0]?.program?.files).toEqual({ 'train.py': sha256('print(1)') })
    await writeFile(join(folder, 'train.py'), 'print(2)')
    expect((await loadSystemFile(folder)).hash).not.toBe(loaded.hash)
  })
})

test.each<[string, Candidate, string]>([
  ['a path out of the folder', python('train.py', { requirements: '../requirements.txt' }), 'program.requirements'],
  ['a file out of the folder', python('train.py', { files: ['/etc/passwd'] }), 'program.files'],
  [
    'requirements that lead to other files',
    python('train.py', { requirements: ['-r more.txt'] }),
    'which leads to other files',
  ],
  [
    'requirements of what is no Python',
    { ...command(['x']), program: { command: ['x'], requirements: ['y'] } },
    "only 'python' has any",
  ],
  ['a program that is missing', { kind: 'python' }, 'program is missing'],
  [
    'a program where none is needed',
    { ...command(['x']), kind: 'logistic' },
    "'logistic' is trained without a program",
  ],
  ['tuning', { ...command(['x']), tune: {} }, "'command' has nothing to tune"],
  ['a time that no timer takes', command(['x'], { timeout: '40d' }), 'at most 20d'],
  ['names of variables that are none', command(['x'], { environment: ['A=B'] }), 'the name of a variable'],
])('parseSystem() refuses %s', (_, candidate, says) => {
  expect(() => system(candidate)).toThrow(says)
})
