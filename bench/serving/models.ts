import { attribute, GraphBuilder } from '#model'
import { seededRandom } from '#platform'

/** A model of the serving benchmarks: one ONNX file, the same bytes for every server. */
export interface ServedModel {
  readonly name: 'logistic' | 'trees' | 'mlp'
  /** Width of its one input `x`, float32 [N, features]. */
  readonly features: number
  /** Its one output `y`, float32 [N, outputs]. */
  readonly outputs: number
  readonly onnx: Uint8Array
}

/** The models, made from one seed: the same bytes each time. */
export function servedModels(): readonly ServedModel[] {
  return [logistic(), trees(), mlp()]
}

/** Logistic regression on 30 columns: the model itself takes next to nothing. */
export function logistic(seed = 'logistic'): ServedModel {
  const graph = new GraphBuilder('logistic')
  const x = graph.input('x', 'float', ['N', 30])
  graph.node('Sigmoid', [dense(graph, x, { from: 30, to: 1, seed })], { as: 'y' })
  graph.output('y', 'float', ['N', 1])
  return { name: 'logistic', features: 30, outputs: 1, onnx: graph.build({}) }
}

/** A network of 256-1024-1024-512-10: 7 MB of weights, 1.8 million multiplications a row. */
function mlp(): ServedModel {
  const graph = new GraphBuilder('mlp')
  const widths = [256, 1024, 1024, 512, 10]
  let tensor = graph.input('x', 'float', ['N', 256])
  widths.slice(1).forEach((to, layer) => {
    tensor = dense(graph, tensor, { from: widths[layer] as number, to, seed: `mlp ${layer}` })
    if (to !== 10) tensor = graph.node('Relu', [tensor])
  })
  graph.node('Softmax', [tensor], { attributes: { axis: attribute.int(1) }, as: 'y' })
  graph.output('y', 'float', ['N', 10])
  return { name: 'mlp', features: 256, outputs: 10, onnx: graph.build({}) }
}

function dense(
  graph: GraphBuilder,
  tensor: string,
  { from, to, seed }: { readonly from: number; readonly to: number; readonly seed: string },
): string {
  const random = seededRandom(seed)
  const scale = Math.sqrt(2 / from)
  const weights = graph.constant(
    'float',
    [from, to],
    Float32Array.from({ length: from * to }, () => random.normal() * scale),
  )
  const bias = graph.constant(
    'float',
    [to],
    Float32Array.from({ length: to }, () => random.normal() * 0.1),
  )
  return graph.node('Gemm', [tensor, weights, bias])
}

/** 300 complete trees of depth 6 over 30 columns, split at seeded places. */
export function trees(seed = 'trees'): ServedModel {
  const [count, depth] = [300, 6]
  const random = seededRandom(seed)
  const inner = 2 ** depth - 1
  const all = 2 ** (depth + 1) - 1
  const nodes = Array.from({ length: count * all }, (_, place) => ({ tree: Math.floor(place / all), id: place % all }))
  const leaves = nodes.filter(({ id }) => id >= inner)
  const ints = (of: (node: { tree: number; id: number }) => number) => attribute.ints(nodes.map(of))
  const graph = new GraphBuilder('trees')
  graph.input('x', 'float', ['N', 30])
  graph.node('TreeEnsembleRegressor', ['x'], {
    domain: 'ai.onnx.ml',
    attributes: {
      n_targets: attribute.int(1),
      nodes_treeids: ints(({ tree }) => tree),
      nodes_nodeids: ints(({ id }) => id),
      nodes_featureids: ints(({ id }) => (id < inner ? random.int(30) : 0)),
      nodes_modes: attribute.texts(nodes.map(({ id }) => (id < inner ? 'BRANCH_LEQ' : 'LEAF'))),
      nodes_values: attribute.floats(nodes.map(({ id }) => (id < inner ? random.normal() : 0))),
      nodes_truenodeids: ints(({ id }) => (id < inner ? 2 * id + 1 : 0)),
      nodes_falsenodeids: ints(({ id }) => (id < inner ? 2 * id + 2 : 0)),
      target_treeids: attribute.ints(leaves.map(({ tree }) => tree)),
      target_nodeids: attribute.ints(leaves.map(({ id }) => id)),
      target_ids: attribute.ints(leaves.map(() => 0)),
      target_weights: attribute.floats(leaves.map(() => random.normal() * 0.05)),
      post_transform: attribute.text('NONE'),
    },
    as: 'y',
  })
  graph.output('y', 'float', ['N', 1])
  return { name: 'trees', features: 30, outputs: 1, onnx: graph.build({ opsets: { 'ai.onnx.ml': 3 } }) }
}
