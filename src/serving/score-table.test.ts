import { describe, expect, test } from 'vitest'
import {
  attribute,
  declareClasses,
  declareInputs,
  declarePrediction,
  GraphBuilder,
  openModel,
  type Signature,
} from '#model'
import { numberColumn, stringsOf, type Table } from '#platform'
import { scoreTable, type ScoredTable } from './score-table.ts'

const inputs = ['a', 'b', 'c'].map((name) => ({ name, type: 'numeric' as const }))

/** A model whose probabilities are its first inputs. */
function classifier(classes: readonly string[]): Uint8Array {
  const signature: Signature = {
    task: classes.length === 2 ? 'binary' : 'multiclass',
    inputs: inputs.slice(0, classes.length),
    classes,
  }
  const graph = new GraphBuilder('classes')
  declareInputs(graph, signature.inputs)
  const names = signature.inputs.map(({ name }) => name)
  declareClasses(graph, graph.node('Concat', names, { attributes: { axis: attribute.int(1) } }), { classes })
  return graph.build({ signature })
}
const table = (rows: readonly (readonly number[])[]): Table => ({
  rowCount: rows.length,
  columns: Object.fromEntries(inputs.map(({ name }, k) => [name, numberColumn(rows.map((row) => row[k]))])),
})
const texts = ({ label, decision, rowCount }: ScoredTable) =>
  ['label', 'decision'].map((name) => {
    const column = name === 'label' ? label : decision
    return column && stringsOf({ rowCount, columns: { [name]: column } }, name)
  })

describe('scoreTable()', () => {
  test('of a binary model gives the probability of the positive class and decides by the threshold', async () => {
    const model = await openModel(classifier(['on time', 'late']))
    const scored = await scoreTable(
      model,
      table([
        [0.75, 0.25],
        [0.5, 0.5],
        [0.25, 0.75],
      ]),
      { threshold: 0.3 },
    )
    expect([texts(scored), [...(scored.probability?.values ?? [])], scored.value]).toEqual([
      [
        ['on time', 'on time', 'late'],
        ['on time', 'late', 'late'],
      ],
      [0.25, 0.5, 0.75],
      null,
    ])
    await model.release()
  })

  test('of a multiclass model decides what costs least, which need not be the most probable', async () => {
    const model = await openModel(classifier(['cards', 'loans', 'fraud']))
    const cost = { currency: 'EUR', right: 0, wrong: 1, matrix: { fraud: { cards: 50 } } }
    const scored = await scoreTable(
      model,
      table([
        [0.5, 0.25, 0.25],
        [0.25, 0.5, 0.25],
      ]),
      { cost },
    )
    // Deciding cards costs 0.25 + 50 · 0.25, deciding loans 0.75, deciding fraud 0.75: of equal ones the first.
    expect([texts(scored), [...(scored.probability?.values ?? [])]]).toEqual([
      [
        ['cards', 'loans'],
        ['loans', 'loans'],
      ],
      [0.5, 0.5],
    ])
    await model.release()
  })

  test('of a regression gives numbers and no decision', async () => {
    const signature: Signature = { task: 'regression', inputs: inputs.slice(0, 1), classes: [] }
    const graph = new GraphBuilder('numbers')
    declareInputs(graph, signature.inputs)
    declarePrediction(graph, 'a')
    const model = await openModel(graph.build({ signature }))
    const scored = await scoreTable(model, table([[1.5], [-2]]))
    expect([[...(scored.value?.values ?? [])], scored.label, scored.decision, scored.probability]).toEqual([
      [1.5, -2],
      null,
      null,
      null,
    ])
    await model.release()
  })
})
