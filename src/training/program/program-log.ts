import { closeSync, openSync, writeSync } from 'node:fs'

/** The log of a program: its beginning and its end, whatever it prints in between. */
export interface ProgramLog {
  write(bytes: Buffer): void
  /** What was written last. */
  tail(): string
  close(): void
}

/** Opens a log at the end of a file. */
export function openProgramLog(file: string): ProgramLog {
  const descriptor = openSync(file, 'a')
  let written = 0
  let left = 0
  let last = Buffer.alloc(0)
  const write = (bytes: Buffer): void => {
    for (let from = 0; from < bytes.length;) from += writeSync(descriptor, bytes, from)
  }
  return {
    write: (bytes) => {
      last = Buffer.concat([last, bytes])
      if (last.length > 2 * tailBytes) last = Buffer.from(last.subarray(last.length - tailBytes))
      const room = Math.max(0, firstBytes - written)
      write(bytes.subarray(0, room))
      written += Math.min(room, bytes.length)
      left += Math.max(0, bytes.length - room)
    },
    tail: () => last.toString('utf8'),
    close: () => {
      if (left > 0) {
        const kept = last.subarray(Math.max(0, last.length - Math.min(left, tailBytes)))
        write(Buffer.from(`\n[${left - kept.length} bytes left out]\n`))
        write(kept)
      }
      closeSync(descriptor)
    },
  }
}

const firstBytes = 4_194_304
const tailBytes = 65_536
