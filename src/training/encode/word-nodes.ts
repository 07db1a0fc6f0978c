import { attribute, GraphBuilder } from '#model'

/**
 * Adds the splitting of text into words: lower case, then every run of letters, marks, digits and `_`.
 * @param text string tensor [N, 1]
 * @param locale rules of lower case, see {@link findLocale}
 * @returns words, string tensor [N, T], each row padded with '' to the longest
 */
export function wordNodes(graph: GraphBuilder, text: string, locale: string): string {
  const flat = graph.node('Reshape', [text, graph.constant('int64', [1], [-1])])
  const lower = graph.node('StringNormalizer', [flat], {
    attributes: {
      case_change_action: attribute.text('LOWER'),
      is_case_sensitive: attribute.int(1),
      locale: attribute.text(locale),
    },
  })
  return graph.node('Tokenizer', [lower], {
    domain: 'com.microsoft',
    attributes: {
      tokenexp: attribute.text('[\\p{L}\\p{M}\\p{N}_]+'),
      mincharnum: attribute.int(1),
      mark: attribute.int(0),
      pad_value: attribute.text(''),
    },
  })
}

/**
 * The best locale that the runtime of this machine knows: Unicode lower case if it has any, else that of ASCII. The
 * file names it, so it has to exist where the file is served too; `C` does everywhere.
 */
export async function findLocale(): Promise<string> {
  const { InferenceSession } = await import('onnxruntime-node')
  for (const locale of ['C.UTF-8', 'en_US.UTF-8']) {
    const graph = new GraphBuilder('locale')
    const words = wordNodes(graph, graph.input('text', 'string', ['N', 1]), locale)
    graph.output(words, 'string', ['N', 'T'])
    try {
      const session = await InferenceSession.create(graph.build({}), { logSeverityLevel: 4 })
      await session.release()
      return locale
    } catch {
      // The machine has no such locale: the next one is tried.
    }
  }
  return 'C'
}
