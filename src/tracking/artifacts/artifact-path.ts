/**
 * A path of an artifact, held to what names one and the same thing to every reader: parts between slashes, none of them
 * empty, `.` or `..`, however often the text is decoded.
 * @param text decoded once, as it will be stored
 * @returns undefined where it is no path
 */
export function artifactPath(text: string): string | undefined {
  if (text.length > longestPath) return undefined
  // Who reads a path may decode it again: what it then is must not lead elsewhere.
  let read = text
  for (let times = 0; times < mostDecodings; times++) {
    if (!isPath(read)) return undefined
    const decoded = decode(read)
    if (decoded === undefined || decoded === read) return text
    read = decoded
  }
  return undefined
}

/** The folder that a path stands in, empty for the topmost, and its name there. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/')
  return { folder: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1) }
}

const isPath = (text: string): boolean =>
  !forbidden.test(text) && !drive.test(text) && text.split('/').every((part) => !notAName.has(part))

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Control characters, NUL among them, halves of characters, and what separates folders elsewhere. */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u001f\u007f\\]|\p{Surrogate}/u
/** As in 'C:/': an absolute path elsewhere. */
const drive = /^[a-z]:\//i
const notAName: ReadonlySet<string> = new Set(['', '.', '..'])
const longestPath = 4000
const mostDecodings = 10
