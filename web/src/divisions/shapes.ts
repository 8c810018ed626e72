import type { Position } from '@/api/types'
import type { Border } from './borders'

interface Point {
  lon: number
  lat: number
}

/** A degree of longitude against one of latitude, about the middle of the points. */
const squeeze = (points: readonly Point[]) => Math.cos(((points[0]?.lat ?? 0) * Math.PI) / 180)

/** The convex outline of points, anticlockwise, not closed (Andrew's monotone chain). */
export function hull(points: readonly Position[]): Position[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  if (sorted.length < 3) return sorted
  const half = (ordered: readonly Position[]) => {
    const chain: Position[] = []
    for (const point of ordered) {
      while (chain.length > 1) {
        const [a, b] = [chain.at(-2)!, chain.at(-1)!]
        if ((b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) > 0) break
        chain.pop()
      }
      chain.push(point)
    }
    return chain.slice(0, -1)
  }
  return [...half(sorted), ...half(sorted.reverse())]
}

/** The buildings of a compound within a line `metres` around them. */
export function surround(points: readonly Point[], metres: number): Position[] {
  const [dy, dx] = [metres / 111_320, metres / (111_320 * squeeze(points))]
  const around = Array.from({ length: 12 }, (_, step) => (step * Math.PI) / 6)
  return hull(points.flatMap(({ lon, lat }) => around.map((angle): Position => [lon + dx * Math.cos(angle), lat + dy * Math.sin(angle)])))
}

/** Where a barrier lies between two buildings: a stroke across the line that joins them, through its middle. */
export function barrierStrokes(points: readonly Point[], borders: readonly Border[]): [Position, Position][] {
  const width = squeeze(points)
  return borders.flatMap(([a, b, barrier]): [Position, Position][] => {
    const [one, other] = [points[a], points[b]]
    if (!barrier || !one || !other) return []
    const [x, y] = [(other.lon - one.lon) * width, other.lat - one.lat]
    const [lon, lat] = [(one.lon + other.lon) / 2, (one.lat + other.lat) / 2]
    const reach = 0.36
    return [[[lon - (y * reach) / width, lat + x * reach], [lon + (y * reach) / width, lat - x * reach]]]
  })
}

/** A point inside a grid for its label: the building nearest to the weighted middle of its buildings. */
export function labelPoint(points: readonly (Point & { households: number })[]): Position | null {
  if (!points.length) return null
  const weight = points.reduce((total, point) => total + point.households + 1, 0)
  const middle = (of: (point: Point) => number) => points.reduce((total, point) => total + of(point) * (point.households + 1), 0) / weight
  return [middle((point) => point.lon), middle((point) => point.lat)]
}
