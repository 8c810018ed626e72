import type { Border } from './borders'

/** Twelve fills that white rings and dark numbers both stand out from. */
export const GRID_COLOURS = [
  '#1f5fc0', '#c2561a', '#2b8a4b', '#8c3fb0', '#0b7f8c', '#b8860b', '#c0352c', '#4b5bc9', '#6b7a12', '#b03a78', '#5b6675', '#7a4a21',
] as const

/**
 * A colour for each grid such that neighbours differ: the one it had before if that still holds, else the first free.
 * `labels` gives each atom's grid, `borders` pairs of atoms.
 */
export function coloursOf(labels: readonly number[], borders: readonly Border[], before: ReadonlyMap<number, number> = new Map()): Map<number, number> {
  const near = new Map<number, Set<number>>([...new Set(labels)].sort((a, b) => a - b).map((label) => [label, new Set<number>()]))
  for (const [a, b] of borders) {
    const [one, other] = [labels[a], labels[b]]
    if (one === undefined || other === undefined || one === other) continue
    near.get(one)?.add(other)
    near.get(other)?.add(one)
  }
  const found = new Map<number, number>()
  const free = (label: number, colour: number) => ![...(near.get(label) ?? [])].some((other) => found.get(other) === colour)
  for (const label of near.keys()) {
    const held = before.get(label)
    if (held !== undefined && free(label, held)) found.set(label, held)
  }
  for (const label of near.keys()) {
    if (found.has(label)) continue
    const start = label % GRID_COLOURS.length
    const order = GRID_COLOURS.map((_, step) => (start + step) % GRID_COLOURS.length)
    found.set(label, order.find((colour) => free(label, colour)) ?? start)
  }
  return found
}
