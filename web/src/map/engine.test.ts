import { describe, expect, it, vi } from 'vitest'
import type { AreaCollection } from '@/api/types'

vi.mock('maplibre-gl', () => ({ Map: class {}, setWorkerUrl: () => undefined }))
vi.mock('maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url', () => ({ default: '/worker.js' }))

const square = (west: number, south: number, size: number, name: string): AreaCollection['features'][number] => ({
  type: 'Feature',
  properties: { id: name, code: name, name, level: 3 },
  geometry: {
    type: 'Polygon',
    coordinates: [[[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]],
  },
})

describe('outlines', async () => {
  const { extent, labelPoints } = await import('./engine')
  const collection: AreaCollection = { type: 'FeatureCollection', features: [square(117, 36, 0.1, '甲'), square(117.2, 36.2, 0.1, '乙')] }

  it('have one box around all of them', () => {
    expect(extent(collection).map((n) => Number(n.toFixed(3)))).toEqual([117, 36, 117.3, 36.3])
  })

  it('are named in their middle', () => {
    const point = labelPoints(collection).features[0]!.geometry as GeoJSON.Point
    expect(point.coordinates[0]).toBeCloseTo(117.05)
    expect(point.coordinates[1]).toBeCloseTo(36.05)
  })
})
