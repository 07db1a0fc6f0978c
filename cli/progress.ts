import { Listr } from 'listr2'

/** One stage of a longer work: `tell` says how far it is. */
export interface Stage<State> {
  readonly title: string
  run(state: State, tell: (text: string) => void): Promise<void>
}

/** Runs stages one after another, showing each with its time; says nothing where `quiet`. */
export async function runStages<State extends object>(
  stages: readonly Stage<State>[],
  state: State,
  { quiet = false }: { readonly quiet?: boolean } = {},
): Promise<State> {
  const list = new Listr(
    stages.map((stage) => ({
      title: stage.title,
      task: async (_: unknown, task: { output: string; title: string }) => {
        const start = performance.now()
        let shown = 0
        await stage.run(state, (text) => {
          // A terminal shows the last word in place; a log would keep every one of them.
          const pauseMs = process.stdout.isTTY ? 100 : 5000
          if (performance.now() - shown < pauseMs) return
          shown = performance.now()
          task.output = text
        })
        task.title = `${stage.title} (${((performance.now() - start) / 1000).toFixed(1)} s)`
      },
    })),
    {
      renderer: quiet ? 'silent' : process.stdout.isTTY ? 'default' : 'simple',
      fallbackRenderer: 'simple',
      rendererOptions: { collapseErrors: false },
    } as never,
  )
  await list.run()
  return state
}
