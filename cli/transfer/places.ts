/** Where things are that were brought in: what was named by its old id or address is found by its new one. */
export interface Places {
  /** New ids of runs by their old ones. */
  readonly runs: Map<string, string>
  /** New ids of logged models by their old ones. */
  readonly models: Map<string, string>
  /** What addresses of the artifacts of an experiment begin with here, by what they began with there. */
  readonly locations: Map<string, string>
}

export const noPlaces = (): Places => ({ runs: new Map(), models: new Map(), locations: new Map() })

/** An address as it is here: of an artifact, a run (`runs:/ID/…`) or a logged model (`models:/m-…`); others stay. */
export function addressHere(address: string, { runs, models, locations }: Places): string {
  const named = /^(runs|models):\/([^/]+)(.*)$/s.exec(address)
  if (named) {
    const [, scheme, id = '', rest] = named
    return `${scheme}:/${(scheme === 'runs' ? runs : models).get(id) ?? id}${rest}`
  }
  for (const [there, here] of locations) {
    if (address !== there && !address.startsWith(`${there}/`)) continue
    const parts = address.slice(there.length).split('/')
    // '', RUN, 'artifacts', … or '', 'models', MODEL, 'artifacts', …
    const [at, ids] = parts[1] === 'models' ? [2, models] : [1, runs]
    const id = parts[at]
    if (id !== undefined) parts[at] = ids.get(id) ?? id
    return here + parts.join('/')
  }
  return address
}

/** An address with a word in the place of what the addresses of an experiment begin with. */
export const addressWithin = (
  address: string,
  { location, word }: { readonly location: string; readonly word: string },
): string =>
  address === location || address.startsWith(`${location}/`) ? word + address.slice(location.length) : address
