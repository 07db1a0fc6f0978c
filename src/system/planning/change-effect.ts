/** What a change of the system makes the loop do. */
export type Effect = 'rebuild dataset' | 're-check' | 'retrain' | 're-release' | 'nothing'

/** What a change at a path of the system causes, and why. */
export function changeEffect(path: string): { readonly causes: readonly Effect[]; readonly why: string } {
  const [, causes, why] = table.find(([prefix]) => prefix === '' || isUnder(path, prefix)) as Row
  return { causes, why }
}

const isUnder = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`)

type Row = readonly [prefix: string, causes: readonly Effect[], why: string]

/** The first row that a path lies under counts. */
const table: readonly Row[] = [
  ['objective', ['nothing'], 'reports measure against it from now on'],
  ['framing.cost', ['re-release'], 'the threshold and the gates are judged by the new money'],
  ['framing.per', ['nothing'], 'reports count money per so many predictions'],
  ['framing', ['rebuild dataset', 'retrain', 're-release'], 'the problem itself is another'],
  ['sources', ['rebuild dataset', 're-check', 'retrain', 're-release'], 'the rows come from elsewhere'],
  ['checks', ['re-check'], 'the rows are held against it again'],
  ['dataset', ['rebuild dataset', 'retrain', 're-release'], 'models see another table'],
  ['candidates', ['retrain', 're-release'], 'other models are tried'],
  ['evaluation.gates', ['re-release'], 'the newest version is judged again'],
  ['evaluation.slices', ['nothing'], 'the next evaluation shows it'],
  ['evaluation.minSliceRows', ['nothing'], 'the next evaluation shows it'],
  ['evaluation', ['retrain', 're-release'], 'models are chosen on other grounds'],
  ['partition', ['retrain', 're-release'], 'other rows have a model of their own'],
  ['release', ['nothing'], 'the next release follows it'],
  ['serving', ['nothing'], 'the next requests are answered and kept by it'],
  ['monitor', ['nothing'], 'the next window is judged by it'],
  ['retrain', ['nothing'], 'the next decision to retrain follows it'],
  ['seed', ['retrain', 're-release'], 'other rows and splits are drawn'],
  ['', ['rebuild dataset', 're-check', 'retrain', 're-release'], 'it is another system'],
]
