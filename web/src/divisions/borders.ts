/** Two atoms by their place in the community's list, and whether a road, river or railway lies between them. */
export type Border = readonly [number, number, boolean]

/** The grids that touch a grid, with how many pairs of buildings face one another; most first. */
export function neighboursOf(label: number, labels: readonly number[], borders: readonly Border[]): { label: number; pairs: number; barrier: boolean }[] {
  const found = new Map<number, { pairs: number; open: number }>()
  for (const [a, b, barrier] of borders) {
    const [one, other] = [labels[a], labels[b]]
    const across = one === label ? other : other === label ? one : undefined
    if (across === undefined || across === label) continue
    const held = found.get(across) ?? { pairs: 0, open: 0 }
    found.set(across, { pairs: held.pairs + 1, open: held.open + (barrier ? 0 : 1) })
  }
  return [...found]
    .map(([each, { pairs, open }]) => ({ label: each, pairs, barrier: open === 0 }))
    .sort((a, b) => b.pairs - a.pairs || a.label - b.label)
}

/** In how many connected parts the atoms of a grid lie. */
export function partsOf(label: number, labels: readonly number[], borders: readonly Border[]): number {
  const parent = new Map<number, number>()
  labels.forEach((each, place) => {
    if (each === label) parent.set(place, place)
  })
  const root = (place: number): number => {
    let at = place
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up
    parent.set(place, at)
    return at
  }
  for (const [a, b] of borders) if (parent.has(a) && parent.has(b)) parent.set(root(a), root(b))
  return new Set([...parent.keys()].map(root)).size
}

/** Grids that were in one part and would lie in several: what the server refuses unless it is told to allow it. */
export function brokenBy(before: readonly number[], after: readonly number[], borders: readonly Border[]): number[] {
  const touched = new Set<number>()
  after.forEach((label, place) => {
    const was = before[place]
    if (was === undefined || was === label) return
    touched.add(label)
    touched.add(was)
  })
  const were = new Set(before)
  return [...touched]
    .filter((label) => (!were.has(label) || partsOf(label, before, borders) === 1) && partsOf(label, after, borders) > 1)
    .sort((a, b) => a - b)
}
