/** How a command is run on one processor alone: with `taskset`, which every Linux has; anywhere else it is run as it is. */
export function pinned(
  processor: number | undefined,
  command: string,
  parameters: readonly string[],
): { readonly command: string; readonly parameters: readonly string[] } {
  return processor === undefined || process.platform !== 'linux'
    ? { command, parameters }
    : { command: 'taskset', parameters: ['-c', String(processor), command, ...parameters] }
}
