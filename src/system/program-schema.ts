import { z } from 'zod'
import { duration } from './schema-fields.ts'

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,100}$/, "the name of a variable, such as 'HTTPS_PROXY'")

/** A path within the folder of the system file. */
const innerPath = z
  .string()
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/, 'a path within the folder of the system file')

/** A program that trains a candidate: its contract is in the guide to trainers. */
export const programSchema = z.strictObject({
  command: z
    .array(z.string().regex(/^[^\0]+$/, 'no empty text'))
    .min(1)
    .meta({ description: 'Program and arguments; of kind python what comes behind the interpreter' }),
  requirements: z
    .union([innerPath, z.array(z.string().min(1))])
    .optional()
    .meta({ description: 'Packages of Python as pip takes them, one a line, or a file of them' }),
  files: z
    .record(innerPath, z.string().regex(/^([0-9a-f]{64})?$/))
    .default({})
    .meta({ description: 'SHA-256 of its files by path; empty until the system file is read' }),
  environment: z
    .array(variableName)
    .default([])
    .meta({ description: 'Variables of the environment that it is given besides PATH, HOME and LANG' }),
  threads: z.number().int().min(1).max(256).default(1),
  memoryMb: z.number().int().min(16).default(4096).meta({ description: 'Memory of all its processes; above it ends' }),
  outputMb: z.number().int().min(1).default(1024).meta({ description: 'Size of what it may leave' }),
  timeout: duration.default('1h').meta({ description: 'Time that it may take' }),
  rehearse: z.boolean().default(true).meta({ description: 'Whether it trains in rehearsals too' }),
})

export type ProgramSpec = z.output<typeof programSchema>
