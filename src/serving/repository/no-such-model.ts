import type { Failure, Workspace } from '#platform'
import { registeredVersion } from '#registry'
import { fail } from '../failures.ts'

/**
 * Why a model that is asked for does not answer: there is none of that name, or one that is registered is not served.
 * @returns `serving/unknownModel` or `serving/notServed`
 */
export async function noSuchModel(workspace: Workspace, name: string, version?: string): Promise<Failure> {
  const of = version === undefined ? '' : `version ${version} of `
  const unknown = fail('unknownModel', `Request for unknown model: ${of}'${name}' is not found`)
  if (version !== undefined && !/^\d{1,9}$/.test(version)) return unknown
  const found = await registeredVersion(workspace, name, version === undefined ? undefined : Number(version))
  if (!found) return unknown
  const wrong = (state: string, remedy?: string): Failure =>
    fail('notServed', `Cannot ask version ${found.version} of '${name}': ${state}`, { ...(remedy && { remedy }) })
  if (found.status === 'pending') return wrong('it is being judged', 'Ask again once it is READY')
  if (found.status === 'failed') return wrong(found.message, 'Mend what is wrong, and register it again')
  if (found.flavors.includes('onnx')) return wrong('it is no longer served', `Load it again: millrace load ${name}`)
  const forms = found.flavors.filter((flavor) => flavor !== 'python_function')
  return wrong(
    forms.length === 0
      ? 'it is kept, but no ONNX model, and nothing else is served'
      : `it is kept as ${forms.join(', ')}, and only ONNX models are served: no code of a model ever runs here`,
    `Export it ${exportWays.find(([flavor]) => forms.includes(flavor))?.[1] ?? 'as ONNX'}, then register it with mlflow.onnx.log_model`,
  )
}

/** How models of some libraries become ONNX. */
const exportWays: readonly (readonly [flavor: string, how: string])[] = [
  ['sklearn', "with skl2onnx.to_onnx(model, X[:1], options={'zipmap': False})"],
  ['lightgbm', 'with onnxmltools.convert_lightgbm(model, zipmap=False)'],
  ['xgboost', 'with onnxmltools.convert_xgboost(model)'],
  ['catboost', "with model.save_model('model.onnx', format='onnx')"],
  ['pytorch', 'with torch.onnx.export'],
  ['transformers', 'with optimum.onnxruntime'],
  ['tensorflow', 'with tf2onnx.convert'],
  ['keras', "with model.export('model.onnx', format='onnx')"],
]
