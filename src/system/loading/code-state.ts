import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Which code a folder holds. */
export interface CodeState {
  /** Hash of the commit; null outside a git repository, before its first commit, and where there is no git. */
  readonly commit: string | null
  /** Whether files differ from that commit or are not in it; ignored files and the store aside. */
  readonly dirty: boolean
}

/** Asks git which commit a folder is at, and whether it was changed since. */
export async function codeState(folder: string): Promise<CodeState> {
  const status = await git(folder, ['status', '--porcelain', '--', ':/', ':(exclude,top,glob)**/.millrace/**'])
  if (status === null) return { commit: null, dirty: false }
  const commit = await git(folder, ['rev-parse', '--verify', 'HEAD'])
  return { commit: commit === null ? null : commit.trim(), dirty: status.trim() !== '' }
}

async function git(folder: string, words: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--no-optional-locks', '-C', folder, ...words], {
      maxBuffer: 64 << 20,
    })
    return stdout
  } catch {
    return null
  }
}
