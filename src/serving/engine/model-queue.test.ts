import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openSession, type GraphTensor } from '#model'
import { everyTypeModel, shapedModel } from '../fixtures/engine-graphs.ts'
import { numbers, openQueue } from '../fixtures/model-queue.ts'
import { identityModel, rowSumModel } from '../fixtures/protocol-models.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const texts = (data: readonly string[]): GraphTensor => ({ type: 'string', shape: [data.length], data })
/** Rows of {@link everyTypeModel}, made of their numbers. */
const rowsOfEveryType = (seeds: readonly number[]): GraphTensor[] => [
  numbers(2, ...seeds.flatMap((seed) => [seed, seed / 4])),
  { type: 'string', shape: [seeds.length, 1], data: seeds.map((seed) => `row ${seed}`) },
  { type: 'int64', shape: [seeds.length], data: BigInt64Array.from(seeds, (seed) => BigInt(seed % 8)) },
]

describe('modelQueue()', () => {
  test('runs what comes in one turn together, and gives each request its rows', async () => {
    const { ask, runs } = await openQueue(rowSumModel(2))
    const answers = await Promise.all([ask([numbers(2, 1, 2)]), ask([numbers(2, 3, 4, 5, 6)]), ask([numbers(2, 7, 8)])])
    expect([answers, runs]).toEqual([[{ sum: [3] }, { sum: [7, 11] }, { sum: [15] }], [4]])
  })

  test('gives every request what it gets alone, however requests come together', async () => {
    const queue = await openQueue(everyTypeModel())
    const request = fc.record({
      seeds: fc.array(fc.nat(1000), { minLength: 1, maxLength: 11 }),
      waitsTurns: fc.nat(2),
      isLate: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        const answers: Promise<unknown>[] = []
        for (const { seeds, waitsTurns, isLate } of requests) {
          for (let i = 0; i < waitsTurns; i++) await turn()
          const asked = queue.ask(rowsOfEveryType(seeds), isLate ? { deadlineMs: 0 } : {})
          answers.push(asked.catch((error: { code: string }) => error.code))
        }
        const expected = await Promise.all(
          requests.map(async ({ seeds, isLate }) =>
            isLate ? 'serving/deadlineExceeded' : await queue.alone(rowsOfEveryType(seeds)),
          ),
        )
        expect(await Promise.all(answers)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
    expect([queue.queue.isIdle(), Math.max(...queue.runs)]).toEqual([true, 11])
  })

  test('waits a turn after a run for those whom it answered, so that callers do not fall into two halves', async () => {
    const session = await openSession(rowSumModel(2))
    let others: (() => void) | undefined
    const { ask, runs } = await openQueue(rowSumModel(2), {
      run: (feeds, wanted) => {
        others?.()
        others = undefined
        return session.run(feeds, wanted)
      },
    })
    /** Asks again in the turn after each answer, as a caller on a connection does. */
    const caller = async (): Promise<void> => {
      for (let round = 0; round < 10; round++) {
        await ask([numbers(2, 1, 2)])
        await turn()
      }
    }
    const late = new Promise<unknown>((resolve) => (others = () => resolve(Promise.all([caller(), caller()]))))
    await Promise.all([caller(), caller(), late])
    expect(runs.slice(0, 2)).toEqual([2, 4])
    expect(runs.length).toBeLessThan(14)
    await session.release()
  })

  test('leaves the lines of a batch as they are until they are kept, whatever runs meanwhile', async () => {
    const kept: Buffer[] = []
    const written: string[] = []
    const waiting: (() => void)[] = []
    const { ask } = await openQueue(rowSumModel(2), {
      keep: ({ bytes }) => {
        kept.push(bytes)
        return new Promise((resolve) => waiting.push(resolve))
      },
    })
    const answers: Promise<unknown>[] = []
    for (let round = 0; round < 12; round++) {
      answers.push(ask([numbers(2, round, 1)], { line: `line ${round};` }))
      await expect.poll(() => kept.length).toBe(round + 1)
      // The one before the last is on the disk: what it was written in may be used again.
      if (round > 0) {
        written.push((kept[round - 1] as Buffer).toString())
        waiting[round - 1]?.()
        await answers[round - 1]
      }
    }
    waiting.at(-1)?.()
    await Promise.all(answers)
    expect(written).toEqual(Array.from({ length: 11 }, (_, round) => `line ${round};`))
    expect(new Set(kept.map(({ buffer }) => buffer)).size).toBeLessThan(4)
  })

  test('runs a request of more rows than a batch by itself, and those after it together', async () => {
    const { ask, runs } = await openQueue(shapedModel(['N', 1]), { largestBatch: 4 })
    const large = numbers(1, ...Array.from({ length: 9 }, (_, row) => row))
    const answers = [ask([numbers(1, -1)]), ask([large]), ask([numbers(1, -2)]), ask([numbers(1, -3)])]
    expect([(await Promise.all(answers)).map(({ y }) => y?.at(-1)), runs]).toEqual([
      [-1, 8, -2, -3],
      [1, 9, 2],
    ])
  })

  test('takes as many texts in one request as its body holds', async () => {
    const { ask } = await openQueue(identityModel('BYTES'))
    const many = Array.from({ length: 200_000 }, (_, row) => `t${row}`)
    expect((await ask([texts(many)])).OUTPUT0?.at(-1)).toBe('t199999')
  })

  test('gives no place to more rows than may wait, unless nothing waits', async () => {
    const { ask, queue, meter } = await openQueue(shapedModel(['N', 1]), { maxWaitingRows: 3 })
    const answers = [ask([numbers(1, 1, 2)]), ask([numbers(1, 3)])]
    await expect(ask([numbers(1, 4)])).rejects.toMatchObject({ code: 'serving/overloaded', retry: true })
    expect([queue.waitingRows, meter.counts.rejected]).toEqual([3, 1])
    await Promise.all(answers)
    expect((await ask([numbers(1, 1, 2, 3, 4, 5)])).y).toEqual([1, 2, 3, 4, 5])
  })

  test('drops copies when a quarter of the room is taken, and runs them when no live request waits', async () => {
    const { ask, meter } = await openQueue(shapedModel(['N', 1]), { maxWaitingRows: 8, largestBatch: 1 })
    const order: string[] = []
    const one = (name: string, lane: 'live' | 'shadow') =>
      ask([numbers(1, 1)], { lane, onAnswer: () => order.push(name) })
    const asked = [one('copy', 'shadow'), one('live 1', 'live')]
    const dropped = one('dropped', 'shadow')
    asked.push(one('live 2', 'live'))
    await expect(dropped).rejects.toMatchObject({ code: 'serving/overloaded' })
    await Promise.all(asked)
    expect([order, meter.counts.shadowDropped, meter.counts.rejected]).toEqual([['live 1', 'live 2', 'copy'], 1, 0])
  })

  test('drops late requests without moving the rows of others', async () => {
    const { ask, runs, meter } = await openQueue(identityModel('BYTES'))
    const late = { deadlineMs: performance.now() - 1 }
    const answers = await Promise.allSettled([
      ask([texts(['a', 'b'])], late),
      ask([texts(['c'])]),
      ask([texts(['d', 'e', 'f'])], late),
      ask([texts(['g', 'h'])]),
    ])
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value.OUTPUT0 : one.reason.code))).toEqual([
      'serving/deadlineExceeded',
      ['c'],
      'serving/deadlineExceeded',
      ['g', 'h'],
    ])
    expect([runs, meter.counts.expired, (await ask([texts(['after'])])).OUTPUT0]).toEqual([[3, 1], 2, ['after']])
  })

  test('runs each request alone where runs are not shared', async () => {
    const { ask, runs } = await openQueue(shapedModel(['N', 'M']), { sharesRuns: false })
    const answers = await Promise.all([ask([numbers(3, 1, 2, 3)]), ask([numbers(1, 4, 5)])])
    expect([answers, runs]).toEqual([
      [{ y: [1, 2, 3] }, { y: [4, 5] }],
      [1, 2],
    ])
  })

  test('fails the request that a run fails at, and none that shares its run', async () => {
    const { ask, meter } = await openQueue(everyTypeModel(), { largestBatch: 2 })
    const outside: GraphTensor[] = [
      numbers(2, 1, 1),
      { type: 'string', shape: [1, 1], data: ['x'] },
      { type: 'int64', shape: [1], data: BigInt64Array.of(99n) },
    ]
    const answers = await Promise.allSettled([
      ask(rowsOfEveryType([1])),
      ask(outside),
      ask(rowsOfEveryType([3])),
      ask(rowsOfEveryType([4])),
    ])
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value.text : one.reason.code))).toEqual([
      ['row 1'],
      'model/runFailed',
      ['row 3'],
      ['row 4'],
    ])
    expect([meter.counts.failed, meter.counts.succeeded]).toEqual([1, 3])
  })

  test('answers nobody of a batch that the log does not take', async () => {
    const kept: string[] = []
    const { ask, queue } = await openQueue(shapedModel(['N', 1]), {
      keep: async ({ bytes, content }) => {
        const text = bytes.toString()
        if (text.includes('full')) throw new Error('The disk is full')
        kept.push(`${text}${content.rows} ${content.firstId} ${content.lastId}`)
      },
    })
    const failed = await Promise.allSettled([
      ask([numbers(1, 1)], { line: 'full\n' }),
      ask([numbers(1, 2)], { line: 'b\n' }),
    ])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await Promise.all([
      ask([numbers(1, 3, 4)], { line: 'c\n' }),
      ask([numbers(1, 5)]),
      ask([numbers(1, 6)], { line: 'd\n' }),
    ])
    expect([kept, queue.isIdle()]).toEqual([['c\nd\n3 p2 p4~'], true])
  })

  test('answers the others of a batch when one cannot be answered', async () => {
    const { ask, meter } = await openQueue(shapedModel(['N', 1]))
    const broken = () => {
      throw new RangeError('Cannot write the answer')
    }
    const answers = await Promise.allSettled([
      ask([numbers(1, 1)]),
      ask([numbers(1, 2)], { onAnswer: broken }),
      ask([numbers(1, 3)]),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect([meter.counts.succeeded, meter.counts.failed]).toEqual([2, 1])
  })

  test('idle() ends with the last answer', async () => {
    const { ask, queue } = await openQueue(shapedModel(['N', 1]), { largestBatch: 1 })
    await queue.idle()
    const done: number[] = []
    for (let i = 0; i < 4; i++) void ask([numbers(1, i)]).then(({ y }) => done.push(y?.[0] as number))
    await queue.idle()
    expect([done, queue.isIdle()]).toEqual([[0, 1, 2, 3], true])
  })

  test('waits for others as long as it may, but not once a batch is full', async () => {
    const { ask, runs } = await openQueue(shapedModel(['N', 1]), { largestBatch: 3, maxQueueDelayMs: () => 400 })
    const one = ask([numbers(1, 1)])
    await turn()
    await Promise.all([one, ask([numbers(1, 2)])])
    const fromMs = performance.now()
    const first = ask([numbers(1, 1)])
    await turn()
    await Promise.all([first, ask([numbers(1, 2)]), ask([numbers(1, 3)])])
    expect([runs, performance.now() - fromMs < 300]).toEqual([[2, 3], true])
  })
})
