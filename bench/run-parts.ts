import type { BenchContext, Figure } from './bench-shape.ts'

/** Parts of a benchmark, in order; each starts servers of its own. */
export type Parts = Readonly<Record<string, (context: BenchContext) => Promise<readonly Figure[]>>>

/** Runs the parts that MILLRACE_BENCH_PARTS names, such as `limit,cost`; all of them where it is absent. */
export async function runParts(parts: Parts, context: BenchContext): Promise<readonly Figure[]> {
  const chosen = process.env['MILLRACE_BENCH_PARTS']?.split(',') ?? Object.keys(parts)
  const figures: Figure[] = []
  for (const name of chosen) {
    const part = parts[name]
    if (!part) throw new Error(`Cannot find the part '${name}': there are ${Object.keys(parts).join(', ')}`)
    context.log(`— ${name}`)
    figures.push(...(await part(context)))
  }
  return figures
}
