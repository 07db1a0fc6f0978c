import type { Route } from './route.ts'

/** The methods that some route takes at an address, sorted; none where nothing is there. */
export function methodsOf(routes: readonly Pick<Route, 'method' | 'path'>[], path: string): string[] {
  const parts = path.split('/')
  const matches = routes.filter((route) => {
    const pattern = route.path.split('/')
    return pattern.length === parts.length && pattern.every((part, i) => part.startsWith('{') || part === parts[i])
  })
  return [...new Set(matches.map(({ method }) => method))].sort()
}
