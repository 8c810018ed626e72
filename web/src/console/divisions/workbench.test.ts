import type { Map as MapLibre } from 'maplibre-gl'
import { describe, expect, it } from 'vitest'
import type { PlanCommunity } from '@/api/divisions'
import type { Position } from '@/api/types'
import type { Manner } from '@/divisions/picking'
import { letterOf, missing, type Situation } from './acts'
import { hatch } from './drawing'
import { atomPoints, barrierLines, boundsOf, compoundShapes, fullName, gridLabels, gridShapes, radiusOf, ringShapes, shortName } from './layers'
import { type Hands, listen, type Tool } from './pointing'

const SQUARE: GeoJSON.Polygon = { type: 'Polygon', coordinates: [[[117, 36.6], [117.01, 36.6], [117.01, 36.61], [117, 36.61], [117, 36.6]]] }
const atom = (id: string, lon: number, grid: number, compound: string) => ({
  id, building_id: id, name: `${id}号楼`, lon, lat: 36.605, households: 100, grid, compound, was: null,
})
const grid = (label: number, name: string) => ({
  label, name, was: null, locked: label === 1, households: 200, buildings: 2, atoms: 2, band: 'in' as const, barrier: false, contiguous: true,
  polsby_popper: 0.5, compounds: [], compounds_part: [], moved: 0, note: { zh: '', en: '' }, polygon: SQUARE,
})
const COMMUNITY = {
  area: { id: 'c', code: '1', name: '和平社区', level: 2 }, low: 100, high: 300, can_edit: true, can_undo: false, outline: SQUARE,
  grids: [grid(0, '和平社区第1网格'), grid(1, '东院')],
  atoms: [atom('a', 117.001, 0, '花园'), atom('b', 117.003, 0, '花园'), atom('c', 117.006, 1, '花园'), atom('d', 117.008, 1, '')],
  borders: [[0, 1, false], [1, 2, true], [2, 3, false]],
} as unknown as PlanCommunity

describe('what is drawn', () => {
  it('draws each part of a compound by itself, and says that it is split', () => {
    const shapes = compoundShapes(COMMUNITY).features
    expect(shapes.map((shape) => [shape.properties?.name, shape.properties?.split])).toEqual([['花园', true], ['花园', true]])
    const small = compoundShapes({ ...COMMUNITY, high: 299 }).features
    expect(small.map((shape) => shape.properties?.split)).toEqual([false, false])
  })
  it('leaves the community’s name out of its grids’ labels', () => {
    const labels = gridLabels(COMMUNITY, ({ name, locked }) => name + (locked ? '*' : '')).features
    expect(labels.map((label) => label.properties?.text)).toEqual(['第1网格', '东院*'])
    expect(shortName('和平社区', '和平社区')).toBe('和平社区')
  })
  it('names a compound once', () => {
    expect([fullName({ compound: '花园', name: '花园3号楼' }), fullName({ compound: '花园', name: '3号楼' }), fullName({ compound: '', name: '3号楼' })]).toEqual(['花园3号楼', '花园 3号楼', '3号楼'])
  })
  it('draws buildings by the root of their households, each with its grid’s colour', () => {
    expect([0, 100, 400, 10_000].map(radiusOf)).toEqual([3, 7.5, 12, 13])
    const points = atomPoints(COMMUNITY, new Map([[0, 0], [1, 1]])).features
    expect(points[0]?.properties?.colour).not.toBe(points[2]?.properties?.colour)
    expect(gridShapes(COMMUNITY).features.map((shape) => shape.id)).toEqual([0, 1])
  })
  it('strikes a barrier only where there is one', () => {
    expect(barrierLines(COMMUNITY).features).toHaveLength(1)
  })
  it('closes a ring of three corners and more', () => {
    const corners: Position[] = [[0, 0], [1, 0], [1, 1]]
    expect(ringShapes(corners, true).features[0]?.geometry.type).toBe('Polygon')
    expect(ringShapes(corners, false).features[0]?.geometry.type).toBe('LineString')
    expect(ringShapes(corners.slice(0, 1), false).features.map((each) => each.geometry.type)).toEqual(['Point'])
    expect(boundsOf(SQUARE)).toEqual([117, 36.6, 117.01, 36.61])
  })
  it('hatches what is out of band in two ways', () => {
    const marks = (kind: 'rising' | 'crossed') => hatch(kind, '#b3261e').data.filter((value, at) => at % 4 === 3 && value > 0).length
    expect(marks('crossed')).toBeGreaterThan(marks('rising'))
  })
})

describe('what can be done', () => {
  const now: Situation = { community: COMMUNITY, editable: true, chosen: 0, labels: [], grid: null, ringClosed: false }
  it.each([
    ['move', {}, 'buildings'], ['move', { chosen: 2 }, null], ['move', { community: null }, 'community'], ['rerun', { editable: false }, 'draft'],
    ['redraw', {}, 'ring'], ['redraw', { ringClosed: true }, null], ['merge', { labels: [1] }, 'grids'], ['merge', { labels: [0, 1] }, null],
    ['split', {}, 'grid'], ['split', { grid: COMMUNITY.grids[1] }, 'unlocked'], ['split', { grid: COMMUNITY.grids[0] }, null],
    ['remove', {}, null], ['remove', { grid: COMMUNITY.grids[1] }, 'unlocked'], ['rename', {}, 'grid'], ['lock', { labels: [1] }, null], ['undo', {}, 'edits'], ['add', {}, null],
  ] as const)('%s with %j lacks %s', (act, more, lack) => {
    expect(missing(act, { ...now, ...more } as Situation)).toBe(lack)
  })
  it('takes letters as shortcuts, but not those typed into a field or meant for the browser', () => {
    const press = (options: KeyboardEventInit, place: HTMLElement = document.body) => {
      const event = new KeyboardEvent('keydown', options)
      Object.defineProperty(event, 'target', { value: place })
      return letterOf(event)
    }
    expect(press({ key: 'm' })).toBe('M')
    expect(press({ key: 'Escape' })).toBe('Escape')
    expect(press({ key: 'r', ctrlKey: true })).toBeNull()
    expect(press({ key: 'm' }, document.createElement('input'))).toBeNull()
    const box = document.createElement('input')
    box.type = 'checkbox'
    expect(press({ key: 'm' }, box)).toBe('M')
  })
})

/** A map that has one building at pixel 50,50 and one grid everywhere; a pixel is a thousandth of a degree. */
function playground(tool: Tool) {
  const listeners = new Map<string, (event: unknown) => void>()
  const map = {
    on: (name: string, listener: (event: unknown) => void) => listeners.set(name, listener), off: () => undefined, boxZoom: { disable: () => undefined }, getZoom: () => 16,
    getLayer: () => true,
    queryRenderedFeatures: ([[x, y]]: [[number, number]], { layers }: { layers: string[] }) => {
      if (layers[0] === 'grids') return [{ properties: { label: 7 } }]
      return layers[0] === 'atoms' && Math.hypot(x + 3 - 50, y + 3 - 50) < 5 ? [{ properties: { id: 'a' } }] : []
    },
  }
  const done: unknown[] = []
  const note = (name: string) => (...given: unknown[]) => void done.push([name, ...given])
  const hands: Hands = {
    tool: () => tool, editable: () => true, ring: () => [], closed: () => false,
    atom: note('atom'), grid: note('grid'), community: note('community'), nothing: note('nothing'), stroke: () => undefined, drag: () => undefined, hover: () => undefined,
    surround: (ring: Position[], manner: Manner) => void done.push(['surround', ring.length, manner]),
    drop: (id, pointed) => void done.push(['drop', id, pointed?.label]), corners: (ring) => void done.push(['corners', ring.length]), close: note('close'),
  }
  listen(map as unknown as MapLibre, hands)
  const at = (name: string, x: number, y: number, keys: object = {}) => {
    const point = { x, y, dist: (other: { x: number; y: number }) => Math.hypot(x - other.x, y - other.y) }
    listeners.get(name)?.({ point, lngLat: { lng: x / 1000, lat: y / 1000 }, originalEvent: { button: 0, ...keys }, preventDefault: () => undefined })
  }
  const stroke = (points: [number, number][], keys: object = {}) => {
    at('mousedown', ...points[0]!, keys)
    for (const point of points.slice(1)) at('mousemove', ...point, keys)
    at('mouseup', ...points.at(-1)!, keys)
    at('click', ...points.at(-1)!, keys)
  }
  return { stroke, done }
}

describe('the hand on the map', () => {
  it('chooses a building with a click, more with Shift', () => {
    const { stroke, done } = playground('select')
    stroke([[50, 50]])
    stroke([[50, 50]], { shiftKey: true })
    expect(done).toEqual([['atom', 'a', 'replace'], ['atom', 'a', 'toggle']])
  })
  it('chooses a grid where there is no building', () => {
    const { stroke, done } = playground('select')
    stroke([[200, 200]])
    expect(done).toEqual([['grid', 7, undefined]])
  })
  it('drags a building to the grid beneath, and a drag is no click', () => {
    const { stroke, done } = playground('select')
    stroke([[50, 50], [80, 80], [120, 120]])
    expect(done).toEqual([['drop', 'a', 7]])
  })
  it('takes a trembling press for a click', () => {
    const { stroke, done } = playground('select')
    stroke([[50, 50], [51, 51]])
    expect(done).toEqual([['atom', 'a', 'replace']])
  })
  it('goes round with the lasso though it ends where it began', () => {
    const { stroke, done } = playground('lasso')
    stroke([[10, 10], [90, 10], [90, 90], [10, 90], [10, 10]])
    expect(done).toEqual([['surround', 5, 'replace']])
  })
  it('draws a box with Shift over empty ground', () => {
    const { stroke, done } = playground('select')
    stroke([[200, 200], [260, 260]], { shiftKey: true })
    expect(done).toEqual([['surround', 4, 'add']])
  })
  it('sets a corner with each click of the pen', () => {
    const { stroke, done } = playground('draw')
    stroke([[10, 10]])
    expect(done).toEqual([['corners', 1]])
  })
})
