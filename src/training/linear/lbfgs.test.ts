import { describe, expect, test } from 'vitest'
import { minimise } from './lbfgs.ts'
import type { Minimum, MinimiseOptions, Objective } from './lbfgs.ts'

const options: MinimiseOptions = {
  maxIterations: 200,
  tolerance: 1e-9,
  inverseCurvature: (x) => new Float64Array(x.length).fill(1),
}

describe('minimise()', () => {
  test('stays where the gradient is zero', () => {
    const found = run((x, gradient) => ((gradient[0] = 2 * (x[0] as number)), (x[0] as number) ** 2), [0])
    expect(found).toMatchObject({ iterations: 0, evaluations: 1, hasConverged: true, value: 0 })
  })

  test('finds the minimum of a stretched bowl, at once where the curvature is given', () => {
    const curvatures = [1, 1e4, 1e-3]
    const bowl: Objective = (x, gradient) =>
      curvatures.reduce((sum, curvature, i) => {
        const distance = (x[i] as number) - i - 1
        gradient[i] = curvature * distance
        return sum + 0.5 * curvature * distance * distance
      }, 0)
    const inverse = Float64Array.from(curvatures, (curvature) => 1 / curvature)
    const found = run(bowl, [0, 0, 0], { ...options, inverseCurvature: () => inverse })
    expect(found.iterations).toBeLessThanOrEqual(2)
    expect(Array.from(found.x)).toEqual([1, 2, 3].map((x) => expect.closeTo(x, 9) as number))
  })

  test('finds the minimum of the Rosenbrock function, (1, 1)', () => {
    // Rosenbrock (1960), doi:10.1093/comjnl/3.3.175: a curved valley in which steepest descent creeps
    const found = run(rosenbrock, [-1.2, 1])
    expect(found.hasConverged).toBe(true)
    expect(Array.from(found.x)).toEqual([1, 1].map((x) => expect.closeTo(x, 8) as number))
  })

  test('never climbs', () => {
    const values: number[] = []
    const search = minimise(rosenbrock, Float64Array.of(-1.2, 1), options)
    for (const { value } of search) values.push(value)
    expect(values.length).toBeGreaterThan(10)
    expect(values).toEqual(values.toSorted((a, b) => b - a))
  })

  test('says so when the iterations do not suffice', () => {
    const found = run(rosenbrock, [-1.2, 1], { ...options, maxIterations: 3 })
    expect(found).toMatchObject({ iterations: 3, hasConverged: false })
  })

  test('says so when the objective is not a number', () => {
    const broken: Objective = (_, gradient) => (gradient.fill(1), NaN)
    expect(run(broken, [0])).toMatchObject({ iterations: 0, hasConverged: false })
  })
})

const rosenbrock: Objective = (x, gradient) => {
  const [a, b] = x as unknown as [number, number]
  gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a)
  gradient[1] = 200 * (b - a * a)
  return 100 * (b - a * a) ** 2 + (1 - a) ** 2
}

function run(objective: Objective, start: readonly number[], given: MinimiseOptions = options): Minimum {
  const search = minimise(objective, Float64Array.from(start), given)
  for (;;) {
    const { done, value } = search.next()
    if (done) return value
  }
}
