import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre } from 'maplibre-gl'
import { BAND_PAINT, BANDS } from '@/divisions/bands'
import { collection } from './layers'

const STEP = 10

/** A seamless square of slanting lines, one way or both. */
export function hatch(kind: 'rising' | 'crossed', colour: string): { width: number; height: number; data: Uint8ClampedArray } {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number, number]
  const data = new Uint8ClampedArray(STEP * STEP * 4)
  for (let y = 0; y < STEP; y += 1) {
    for (let x = 0; x < STEP; x += 1) {
      const on = (x + y) % STEP === 0 || (kind === 'crossed' && (x - y + STEP) % STEP === 0)
      if (on) data.set([red, green, blue, 150], (y * STEP + x) * 4)
    }
  }
  return { width: STEP, height: STEP, data }
}

const banded = (part: 'fill' | 'line'): ExpressionSpecification => [
  'match', ['get', 'band'], 'under', BAND_PAINT.under[part], 'over', BAND_PAINT.over[part], BAND_PAINT.in[part],
]

function hatchings(map: MapLibre, source: string, below: string): void {
  for (const band of BANDS) {
    const { hatch: kind, line } = BAND_PAINT[band]
    if (!kind) continue
    if (!map.hasImage(`hatch-${band}`)) map.addImage(`hatch-${band}`, hatch(kind, line))
    map.addLayer({ id: `${below}-${band}`, type: 'fill', source, filter: ['==', ['get', 'band'], band], paint: { 'fill-pattern': `hatch-${band}` } })
  }
}

const LABEL = { 'text-color': '#17212f', 'text-halo-color': '#ffffff', 'text-halo-width': 1.8 } as const

/** The whole plan, beneath the community that is being worked on. */
export function addWhole(map: MapLibre): void {
  map.addSource('whole', { type: 'geojson', data: collection(), promoteId: 'id', tolerance: 0.4 })
  map.addLayer({ id: 'whole', type: 'fill', source: 'whole', paint: { 'fill-color': banded('fill'), 'fill-opacity': 0.75 } })
  hatchings(map, 'whole', 'whole')
  map.addLayer({
    id: 'whole-line', type: 'line', source: 'whole',
    paint: { 'line-color': '#5f6c82', 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 0.3, 14, 1] },
  })
  map.addLayer({
    id: 'whole-label', type: 'symbol', source: 'whole', minzoom: 14,
    layout: { 'text-field': ['to-string', ['get', 'households']], 'text-size': 12 }, paint: LABEL,
  })
}

/** One community: tints, compounds, barriers, outlines, buildings and the grids' numbers, in this order upwards. */
export function addCommunity(map: MapLibre): void {
  for (const name of ['grids', 'compounds', 'barriers', 'atoms', 'labels', 'edge', 'drag', 'ring']) {
    map.addSource(name, { type: 'geojson', data: collection(), tolerance: 0.2 })
  }
  map.addLayer({ id: 'grids', type: 'fill', source: 'grids', paint: { 'fill-color': banded('fill'), 'fill-opacity': 0.85 } })
  hatchings(map, 'grids', 'grids')
  map.addLayer({
    id: 'grids-near', type: 'fill', source: 'grids',
    paint: { 'fill-color': '#1f5fc0', 'fill-opacity': ['case', ['boolean', ['feature-state', 'target'], false], 0.35, 0] },
  })
  map.addLayer({
    id: 'compounds', type: 'line', source: 'compounds', minzoom: 13.5, layout: { 'line-join': 'round' },
    paint: { 'line-color': ['case', ['get', 'split'], '#b3261e', '#6a7891'], 'line-width': ['case', ['get', 'split'], 1.8, 1.1], 'line-dasharray': [3, 2] },
  })
  map.addLayer({ id: 'barriers', type: 'line', source: 'barriers', layout: { 'line-cap': 'round' }, paint: { 'line-color': '#17212f', 'line-width': ['interpolate', ['linear'], ['zoom'], 13, 1.5, 17, 5], 'line-opacity': 0.55 } })
  map.addLayer({
    id: 'grids-line', type: 'line', source: 'grids', layout: { 'line-join': 'round' },
    paint: {
      'line-color': ['case', ['boolean', ['feature-state', 'chosen'], false], '#0d2d63', '#46536a'],
      'line-width': ['case', ['boolean', ['feature-state', 'chosen'], false], 4, 1.6],
    },
  })
  map.addLayer({ id: 'edge', type: 'line', source: 'edge', paint: { 'line-color': '#16499a', 'line-width': 2.5 } })
  map.addLayer({ id: 'compounds-label', type: 'symbol', source: 'compounds', minzoom: 15.6, layout: { 'text-field': ['get', 'name'], 'text-size': 11, 'text-anchor': 'top', 'text-offset': [0, 2.4], 'symbol-placement': 'point' }, paint: { ...LABEL, 'text-color': '#46536a' } })
  map.addLayer({ id: 'drag', type: 'line', source: 'drag', paint: { 'line-color': '#0d2d63', 'line-width': 1.2, 'line-dasharray': [2, 2] } })
  addAtoms(map)
  addRing(map)
}

function addAtoms(map: MapLibre): void {
  const chosen: ExpressionSpecification = ['boolean', ['feature-state', 'chosen'], false]
  const grown = (by: number): ExpressionSpecification => ['*', ['get', 'radius'], by]
  map.addLayer({
    id: 'atoms', type: 'circle', source: 'atoms',
    paint: {
      'circle-color': ['get', 'colour'],
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, grown(0.35), 14.5, grown(0.8), 16, grown(1.15), 18, grown(2.4)],
      'circle-stroke-color': ['case', chosen, '#000000', '#ffffff'],
      'circle-stroke-width': ['case', chosen, 3.5, ['boolean', ['feature-state', 'hover'], false], 3, 1.2],
    },
  })
  map.addLayer({
    id: 'atoms-count', type: 'symbol', source: 'atoms', minzoom: 16.3,
    layout: { 'text-field': ['to-string', ['get', 'households']], 'text-size': 11, 'text-allow-overlap': true },
    paint: { 'text-color': '#ffffff', 'text-halo-color': '#17212f', 'text-halo-width': 0.6 },
  })
  map.addLayer({
    id: 'labels', type: 'symbol', source: 'labels', minzoom: 12.8,
    layout: { 'text-field': ['get', 'text'], 'text-size': 13, 'text-line-height': 1.15, 'text-padding': 2, 'text-allow-overlap': ['step', ['zoom'], false, 14.5, true] as never },
    paint: { 'text-color': ['match', ['get', 'band'], 'under', '#6d4000', 'over', '#8f1a13', '#12401f'], 'text-halo-color': '#ffffff', 'text-halo-width': 2.2 },
  })
}

function addRing(map: MapLibre): void {
  map.addLayer({ id: 'ring-fill', type: 'fill', source: 'ring', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#1f5fc0', 'fill-opacity': 0.16 } })
  map.addLayer({ id: 'ring-line', type: 'line', source: 'ring', filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': '#0d2d63', 'line-width': 2.2, 'line-dasharray': [3, 1.5] } })
  map.addLayer({
    id: 'ring-corner', type: 'circle', source: 'ring', filter: ['==', ['geometry-type'], 'Point'],
    paint: { 'circle-radius': 6, 'circle-color': '#ffffff', 'circle-stroke-color': '#0d2d63', 'circle-stroke-width': 2.5 },
  })
}

export function fill(map: MapLibre, source: string, data: GeoJSON.FeatureCollection): void {
  (map.getSource(source) as GeoJSONSource | undefined)?.setData(data)
}
