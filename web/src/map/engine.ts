import { Map as MapLibre, setWorkerUrl, type LngLatBoundsLike, type StyleSpecification } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import 'maplibre-gl/dist/maplibre-gl.css'
import { areasApi } from '@/api'
import type { AreaCollection } from '@/api/types'

setWorkerUrl(workerUrl)

export type Theme = 'light' | 'dark'

export interface Palette {
  ground: string
  land: string
  district: string
  subdistrict: string
  community: string
  grid: string
  hover: string
  chosen: string
  label: string
  halo: string
}

export const PALETTES: Record<Theme, Palette> = {
  light: {
    ground: '#e9eef5',
    land: '#fbfcfe',
    district: '#16499a',
    subdistrict: '#3c6fb8',
    community: '#8aa7cf',
    grid: '#c3d2e8',
    hover: '#dbe7f9',
    chosen: '#3c7cdb',
    label: '#24385c',
    halo: '#ffffff',
  },
  dark: {
    ground: '#060f1e',
    land: '#0b1c36',
    district: '#7ec4ff',
    subdistrict: '#3f83c4',
    community: '#275a8f',
    grid: '#173a63',
    hover: '#17406f',
    chosen: '#4fb3ff',
    label: '#cfe2fb',
    halo: '#081426',
  },
}

export const LEVELS = ['district', 'subdistrict', 'community', 'grid'] as const
export type LevelName = (typeof LEVELS)[number]

const FONT = ['PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'sans-serif']

/** No base map: the district's own outlines are the map, so that no unapproved border is ever shown. */
export function blankStyle(palette: Palette): StyleSpecification {
  return {
    version: 8,
    sources: {},
    layers: [{ id: 'ground', type: 'background', paint: { 'background-color': palette.ground } }],
  }
}

export interface MapOptions {
  container: HTMLElement
  bounds?: LngLatBoundsLike
  theme?: Theme
  interactive?: boolean
  padding?: number
}

export function createMap({ container, bounds, theme = 'light', interactive = true, padding = 24 }: MapOptions): MapLibre {
  const map = new MapLibre({
    container,
    style: blankStyle(PALETTES[theme]),
    bounds,
    fitBoundsOptions: { padding },
    interactive,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    maxZoom: 18,
    minZoom: 8,
    localIdeographFontFamily: FONT.join(', '),
    fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()
  return map
}

const loaded = new Map<string, Promise<AreaCollection>>()

/** One download per level for the whole page's life; the server answers 304 to the next page. */
export function areaOutlines(level: number, within?: string): Promise<AreaCollection> {
  const key = `${level}:${within ?? ''}`
  const known = loaded.get(key)
  if (known) return known
  const asked = areasApi.geojson(level, within)
  asked.catch(() => loaded.delete(key))
  loaded.set(key, asked)
  return asked
}

/** `[west, south, east, north]` of a collection. */
export function extent(collection: AreaCollection): [number, number, number, number] {
  let [west, south, east, north] = [180, 90, -180, -90]
  const visit = (node: unknown): void => {
    if (!Array.isArray(node)) return
    if (typeof node[0] === 'number') {
      const [lon, lat] = node as [number, number]
      west = Math.min(west, lon)
      east = Math.max(east, lon)
      south = Math.min(south, lat)
      north = Math.max(north, lat)
      return
    }
    node.forEach(visit)
  }
  for (const feature of collection.features) visit(feature.geometry.coordinates)
  return [west, south, east, north]
}

/** A point for the label of each outline: the middle of the box of its largest ring. */
export function labelPoints(collection: AreaCollection): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: collection.features.map((feature) => {
      const [west, south, east, north] = extent({ type: 'FeatureCollection', features: [feature] })
      return {
        type: 'Feature',
        properties: feature.properties,
        geometry: { type: 'Point', coordinates: [(west + east) / 2, (south + north) / 2] },
      }
    }),
  }
}

const LINE: Record<LevelName, { width: number; minzoom: number }> = {
  district: { width: 2.4, minzoom: 0 },
  subdistrict: { width: 1.4, minzoom: 0 },
  community: { width: 0.9, minzoom: 10 },
  grid: { width: 0.6, minzoom: 10 },
}

/** Adds one level's outlines: a fill to point at, a line, and names drawn by the browser's own font. */
export function addLevel(map: MapLibre, level: LevelName, outlines: AreaCollection, theme: Theme, labels = true): void {
  const palette = PALETTES[theme]
  const source = `areas-${level}`
  if (map.getSource(source)) return
  map.addSource(source, { type: 'geojson', data: outlines as GeoJSON.FeatureCollection, promoteId: 'id', tolerance: 0.3 })
  map.addLayer({
    id: `${source}-fill`,
    type: 'fill',
    source,
    paint: {
      'fill-color': ['case', ['boolean', ['feature-state', 'chosen'], false], palette.chosen,
        ['boolean', ['feature-state', 'hover'], false], palette.hover, palette.land],
      'fill-opacity': ['case', ['boolean', ['feature-state', 'chosen'], false], 0.45,
        ['boolean', ['feature-state', 'hover'], false], 0.85, level === 'district' ? 1 : 0],
    },
  })
  map.addLayer({
    id: `${source}-line`,
    type: 'line',
    source,
    minzoom: LINE[level].minzoom,
    paint: {
      'line-color': palette[level],
      // Over the whole district the finest lines are hair-thin, or the old town would be one blot.
      'line-width': level === 'grid' ? ['interpolate', ['linear'], ['zoom'], 10, 0.25, 13, LINE.grid.width] : LINE[level].width,
    },
    layout: { 'line-join': 'round' },
  })
  if (!labels || level === 'district') return
  map.addSource(`${source}-points`, { type: 'geojson', data: labelPoints(outlines) })
  map.addLayer({
    id: `${source}-label`,
    type: 'symbol',
    source: `${source}-points`,
    minzoom: { subdistrict: 9, community: 12, grid: 14.5, district: 0 }[level],
    maxzoom: { subdistrict: 13, community: 15.5, grid: 22, district: 22 }[level],
    layout: {
      'text-field': ['get', 'name'],
      'text-size': level === 'subdistrict' ? 13 : 12,
      'text-max-width': 8,
      'text-padding': 4,
    },
    paint: { 'text-color': palette.label, 'text-halo-color': palette.halo, 'text-halo-width': 1.6 },
  })
}
