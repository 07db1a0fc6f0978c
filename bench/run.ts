import { readdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { meetsBar, type Bench, type Figure } from './bench-shape.ts'

// npm run bench              lists the benchmarks
// npm run bench -- NAME      runs one (or several) and prints a line a figure
// Exit code 1 when a figure falls short, 2 for a name that is none.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
})
process.exitCode = values.help ? showHelp() : await main(positionals, values.json)

function showHelp(): number {
  console.log('npm run bench              list the benchmarks')
  console.log('npm run bench -- NAME…     run them; --json for machines')
  return 0
}

async function main(names: readonly string[], json: boolean): Promise<number> {
  const benches = await findBenches()
  if (names.length === 0) {
    listBenches(benches, json)
    return 0
  }
  const unknown = names.find((name) => !benches.some((bench) => bench.name === name))
  if (unknown !== undefined) {
    console.error(`Cannot find the benchmark '${unknown}': there are ${benches.map(({ name }) => name).join(', ')}`)
    return 2
  }
  let code = 0
  for (const name of names) {
    const ok = await runBench(benches.find((bench) => bench.name === name) as Bench, json)
    if (!ok) code = 1
  }
  return code
}

/** Every file of this folder that exports `bench`, by name. */
async function findBenches(): Promise<Bench[]> {
  const files = (await readdir(import.meta.dirname)).filter(
    (file) => /(?<!\.test)\.ts$/.test(file) && file !== 'run.ts',
  )
  const found: Bench[] = []
  for (const file of files) {
    try {
      const { bench } = (await import(`./${file}`)) as { bench?: Bench }
      if (bench) found.push(bench)
    } catch (error) {
      console.error(`Cannot load bench/${file}:`, error)
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function listBenches(benches: readonly Bench[], json: boolean): void {
  if (json) console.log(JSON.stringify(benches.map(({ name, about }) => ({ name, about }))))
  else for (const { name, about } of benches) console.log(`${name.padEnd(24)} ${about}`)
}

/** Progress goes to stderr, figures to stdout. */
async function runBench(bench: Bench, json: boolean): Promise<boolean> {
  const result = await bench.run({ log: (line) => console.error(line) })
  if ('skipped' in result) {
    console.log(json ? JSON.stringify({ bench: bench.name, ...result }) : `${bench.name} skipped: ${result.skipped}`)
    return true
  }
  const figures = result.map((figure) => ({ ...figure, meets: meetsBar(figure) }))
  if (json) console.log(JSON.stringify({ bench: bench.name, figures }))
  else for (const figure of figures) console.log(lineOf(figure))
  return figures.every(({ meets }) => meets)
}

function lineOf(figure: Figure): string {
  const sign = figure.better === 'lower' ? '<=' : '>='
  const verdict = meetsBar(figure) ? 'meets' : 'falls short'
  const measured = `${short(figure.figure)} ${figure.unit}`
  return `${figure.name.padEnd(44)} ${measured.padEnd(22)} ${sign} ${short(figure.bar).padEnd(9)} ${verdict.padEnd(12)} ${figure.against}`
}

/** Four significant digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
