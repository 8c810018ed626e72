import type { PlanCommunity, PlanDrawing } from '@/api/divisions'
import type { Position } from '@/api/types'
import { GRID_COLOURS } from '@/divisions/colours'
import { barrierStrokes, labelPoint, surround } from '@/divisions/shapes'

type Collection = GeoJSON.FeatureCollection
type Feature = GeoJSON.Feature

export const collection = (features: Feature[] = []): Collection => ({ type: 'FeatureCollection', features })
const point = (coordinates: Position, properties: object): Feature => ({
  type: 'Feature', properties: properties as GeoJSON.GeoJsonProperties, geometry: { type: 'Point', coordinates },
})

/** What is written into a grid on the map: name, households and, outside the band, the word for it. */
export type GridWords = (grid: { name: string; households: number; band: string; locked: boolean }) => string

/** The grids of the whole plan; a point for the label of each stands in its largest ring. */
export function wholeGrids(drawing: PlanDrawing): Collection {
  return collection(drawing.features.flatMap((feature): Feature[] =>
    feature.geometry ? [{ type: 'Feature', properties: { ...feature.properties, id: `${feature.properties.community}:${feature.properties.label}` }, geometry: feature.geometry }] : [],
  ))
}

export function gridShapes(community: PlanCommunity): Collection {
  return collection(community.grids.flatMap((grid): Feature[] => {
    const { label, band, locked, contiguous, polygon } = grid
    return polygon ? [{ type: 'Feature', id: label, properties: { label, band, locked, contiguous }, geometry: polygon }] : []
  }))
}

/** With the compound's name, unless the building's has it already. */
export const fullName = ({ compound, name }: { compound: string; name: string }) => (name.includes(compound) ? name : `${compound} ${name}`)

/** The community's own name need not stand in each of its grids. */
export const shortName = (name: string, community: string) => (name.startsWith(community) && name.length > community.length ? name.slice(community.length) : name)

export function gridLabels(community: PlanCommunity, words: GridWords): Collection {
  return collection(community.grids.flatMap((grid): Feature[] => {
    const at = labelPoint(community.atoms.filter((atom) => atom.grid === grid.label))
    return at ? [point(at, { label: grid.label, band: grid.band, text: words({ ...grid, name: shortName(grid.name, community.area.name) }) })] : []
  }))
}

/** Circles by the square root of their households, so that the eye compares areas. */
export const radiusOf = (households: number) => Math.min(13, Math.round((3 + Math.sqrt(households) * 0.45) * 10) / 10)

export function atomPoints(community: PlanCommunity, colours: ReadonlyMap<number, number>): Collection {
  return collection(community.atoms.map((atom, place) => ({
    ...point([atom.lon, atom.lat], {
      id: atom.id, place, name: atom.name, households: atom.households, grid: atom.grid, radius: radiusOf(atom.households),
      colour: GRID_COLOURS[colours.get(atom.grid) ?? 0] ?? GRID_COLOURS[0],
    }),
    id: place,
  })))
}

/** Compounds, each with its part in every grid that it lies in; `split` where that is more than one, though one would hold it. */
export function compoundShapes(community: PlanCommunity): Collection {
  const groups = new Map<string, Map<number, PlanCommunity['atoms']>>()
  for (const atom of community.atoms) {
    if (!atom.compound) continue
    const parts = groups.get(atom.compound) ?? new Map<number, PlanCommunity['atoms']>()
    parts.set(atom.grid, [...(parts.get(atom.grid) ?? []), atom])
    groups.set(atom.compound, parts)
  }
  const holds = (parts: Map<number, PlanCommunity['atoms']>) => [...parts.values()].flat().reduce((sum, atom) => sum + atom.households, 0) <= community.high
  return collection([...groups].flatMap(([name, parts]) => [...parts.values()].map((atoms): Feature => {
    const ring = surround(atoms, 22)
    return { type: 'Feature', properties: { name, split: parts.size > 1 && holds(parts) }, geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]!]] } }
  })))
}

export function barrierLines(community: PlanCommunity): Collection {
  return collection(barrierStrokes(community.atoms, community.borders ?? []).map((stroke) => ({
    type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: stroke },
  })))
}

/** The ring being drawn: its line, its fill once it has three corners, and its corners to drag. */
export function ringShapes(ring: readonly Position[], closed: boolean): Collection {
  const corners = ring.map((corner, place): Feature => ({ ...point(corner, { corner: place }), id: place }))
  if (ring.length < 2) return collection(corners)
  const line: Feature = {
    type: 'Feature', properties: {},
    geometry: closed && ring.length > 2 ? { type: 'Polygon', coordinates: [[...ring, ring[0]!]] } : { type: 'LineString', coordinates: [...ring] },
  }
  return collection([line, ...corners])
}

/** From where atoms stand to where they are dragged. */
export function dragLines(community: PlanCommunity, ids: ReadonlySet<string>, to: Position): Collection {
  return collection(community.atoms.filter((atom) => ids.has(atom.id)).map((atom) => ({
    type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [[atom.lon, atom.lat], to] },
  })))
}

/** `[west, south, east, north]` of outlines. */
export function boundsOf(outline: GeoJSON.Polygon | GeoJSON.MultiPolygon): [number, number, number, number] {
  const rings = outline.type === 'Polygon' ? outline.coordinates : outline.coordinates.flat()
  const points = rings.flat()
  const along = (axis: 0 | 1) => points.map((each) => each[axis] ?? 0)
  return [Math.min(...along(0)), Math.min(...along(1)), Math.max(...along(0)), Math.max(...along(1))]
}

