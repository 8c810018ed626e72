import type { Position } from '@/api/types'

export interface Placed {
  id: string
  lon: number
  lat: number
}

export type Manner = 'replace' | 'add' | 'toggle'

/** Even-odd rule; the ring need not be closed. */
export function inside(lon: number, lat: number, ring: readonly Position[]): boolean {
  let found = false
  for (let at = 0, before = ring.length - 1; at < ring.length; before = at++) {
    const [x1, y1] = ring[at]!
    const [x2, y2] = ring[before]!
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) found = !found
  }
  return found
}

export function pickedBy(ring: readonly Position[], places: readonly Placed[]): string[] {
  return ring.length < 3 ? [] : places.filter(({ lon, lat }) => inside(lon, lat, ring)).map(({ id }) => id)
}

/** A box given by two corners as a ring. */
export const boxRing = ([west, south]: Position, [east, north]: Position): Position[] => [
  [west, south], [east, south], [east, north], [west, north],
]

/** What is chosen after `picked` was pointed at. */
export function chosenAfter(chosen: ReadonlySet<string>, picked: readonly string[], manner: Manner): Set<string> {
  if (manner === 'replace') return new Set(picked)
  const next = new Set(chosen)
  const away = manner === 'toggle' && picked.length > 0 && picked.every((id) => next.has(id))
  for (const id of picked) {
    if (away) next.delete(id)
    else next.add(id)
  }
  return next
}

/** Leaves out points of a stroke nearer than `least` to the one before; both in the stroke's own measure. */
export function thinned(stroke: readonly Position[], least: number): Position[] {
  const kept: Position[] = []
  for (const point of stroke) {
    const last = kept.at(-1)
    if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= least) kept.push(point)
  }
  return kept
}

const turn = (a: Position, b: Position, c: Position) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

/** Whether two sides of the ring cross: the server would refuse it. */
export function crossesItself(ring: readonly Position[]): boolean {
  const side = (at: number): [Position, Position] => [ring[at]!, ring[(at + 1) % ring.length]!]
  for (let one = 0; one < ring.length; one += 1) {
    for (let other = one + 2; other < ring.length; other += 1) {
      if (one === 0 && other === ring.length - 1) continue
      const [[a, b], [c, d]] = [side(one), side(other)]
      if (turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b)) return true
    }
  }
  return false
}
