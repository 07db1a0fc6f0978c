/** The media type of a file by its name, as MLflow guesses it: what can be read as text is text. */
export function mediaType(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
  if (extension === '' ? textNames.has(name) : textExtensions.has(extension)) return 'text/plain'
  return types.get(extension) ?? 'application/octet-stream'
}

const textNames: ReadonlySet<string> = new Set(['MLmodel', 'MLproject'])
const textExtensions: ReadonlySet<string> = new Set(
  (
    'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb ' +
    'mlmodel mlproject'
  ).split(' '),
)
const types: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html'],
  ['htm', 'text/html'],
  ['css', 'text/css'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['svg', 'image/svg+xml'],
  ['webp', 'image/webp'],
  ['bmp', 'image/bmp'],
  ['tif', 'image/tiff'],
  ['tiff', 'image/tiff'],
  ['ico', 'image/vnd.microsoft.icon'],
  ['pdf', 'application/pdf'],
  ['zip', 'application/zip'],
  ['tar', 'application/x-tar'],
  ['gz', 'application/gzip'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/x-wav'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
])
