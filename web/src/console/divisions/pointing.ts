import type { Map as MapLibre, MapMouseEvent } from 'maplibre-gl'
import type { Position } from '@/api/types'
import { boxRing, type Manner, thinned } from '@/divisions/picking'

export type Tool = 'select' | 'lasso' | 'draw'

export interface Pointed {
  x: number
  y: number
  at: Position
  /** The grid beneath, if any. */
  label: number | null
}

/** What a hand does on the map, in the workbench's words. */
export interface Hands {
  tool: () => Tool
  editable: () => boolean
  ring: () => readonly Position[]
  closed: () => boolean
  atom: (id: string, manner: Manner) => void
  grid: (label: number, more: boolean) => void
  community: (id: string) => void
  nothing: () => void
  surround: (ring: Position[], manner: Manner) => void
  stroke: (ring: Position[]) => void
  drag: (id: string, pointed: Pointed) => void
  drop: (id: string, pointed: Pointed | null) => void
  hover: (id: string | null, pointed: Pointed) => void
  corners: (ring: Position[]) => void
  close: () => void
}

type Gesture = { kind: 'atom'; id: string; moved: boolean } | { kind: 'box' } | { kind: 'lasso' } | { kind: 'corner'; place: number }
const SLACK = 4 // pixels a press may slip and still be a click

const position = (event: MapMouseEvent): Position => [event.lngLat.lng, event.lngLat.lat]
const mannerOf = (event: MouseEvent): Manner => (event.shiftKey || event.ctrlKey || event.metaKey ? 'toggle' : 'replace')

/** Listens on the map until the returned function is called. */
export function listen(map: MapLibre, hands: Hands): () => void {
  let gesture: Gesture | null = null
  let start: MapMouseEvent['point'] | null = null
  let path: Position[] = []
  let swallow = false
  /* A lasso ends where it began, so that the way counts and not the distance. */
  let far = false

  const under = (event: MapMouseEvent, layer: string) => {
    if (!map.getLayer(layer)) return undefined
    const { x, y } = event.point
    const slack = layer === 'atoms' || layer === 'ring-corner' ? 3 : 0
    return map.queryRenderedFeatures([[x - slack, y - slack], [x + slack, y + slack]], { layers: [layer] })[0]?.properties
  }
  const pointed = (event: MapMouseEvent): Pointed => {
    const label = under(event, 'grids')?.label as number | undefined
    return { x: event.point.x, y: event.point.y, at: position(event), label: label ?? null }
  }
  const atomUnder = (event: MapMouseEvent) => under(event, 'atoms')?.id as string | undefined

  function down(event: MapMouseEvent): void {
    if (event.originalEvent.button !== 0) return
    start = event.point
    swallow = far = false
    const tool = hands.tool()
    const corner = under(event, 'ring-corner')?.corner as number | undefined
    const atom = atomUnder(event)
    if (corner !== undefined && hands.editable()) gesture = { kind: 'corner', place: corner }
    else if (tool === 'lasso') gesture = { kind: 'lasso' }
    else if (tool === 'select' && atom && hands.editable()) gesture = { kind: 'atom', id: atom, moved: false }
    else if (tool === 'select' && event.originalEvent.shiftKey) gesture = { kind: 'box' }
    if (!gesture) return
    event.preventDefault() // the map stays where it is
    path = [position(event)]
  }

  function move(event: MapMouseEvent): void {
    if (!gesture || !start) {
      if (hands.tool() === 'select') hands.hover(atomUnder(event) ?? null, pointed(event))
      return
    }
    far ||= start.dist(event.point) > SLACK
    if (gesture.kind === 'corner') {
      const { place } = gesture
      hands.corners(hands.ring().map((corner, at) => (at === place ? position(event) : corner)))
    } else if (gesture.kind === 'atom') {
      gesture.moved ||= far
      if (gesture.moved) hands.drag(gesture.id, pointed(event))
    } else if (far && gesture.kind === 'box') {
      hands.stroke(boxRing(path[0]!, position(event)))
    } else if (far) {
      path.push(position(event))
      hands.stroke(path)
    }
  }

  function up(event: MapMouseEvent): void {
    const done = gesture
    gesture = null
    start = null
    if (!done) return
    swallow = far || done.kind === 'corner'
    if (done.kind === 'atom' && done.moved) hands.drop(done.id, pointed(event))
    if (!far) return
    const manner = mannerOf(event.originalEvent)
    // Half a pixel in degrees at this zoom: finer than a hand draws.
    const fine = 180 / (512 * 2 ** map.getZoom())
    if (done.kind === 'box') hands.surround(boxRing(path[0]!, position(event)), 'add')
    if (done.kind === 'lasso') hands.surround(thinned(path, fine * 4), manner === 'toggle' ? 'add' : 'replace')
    if (done.kind !== 'atom' && done.kind !== 'corner') hands.stroke([])
  }

  function click(event: MapMouseEvent): void {
    if (swallow) {
      swallow = false
      return
    }
    if (hands.tool() === 'draw' && hands.editable()) {
      if (!hands.closed()) hands.corners([...hands.ring(), position(event)])
      return
    }
    const atom = atomUnder(event)
    if (atom) return hands.atom(atom, mannerOf(event.originalEvent))
    const label = pointed(event).label
    if (label !== null) return hands.grid(label, event.originalEvent.shiftKey)
    const community = under(event, 'whole')?.community as string | undefined
    if (community) return hands.community(community)
    hands.nothing()
  }

  function twice(event: MapMouseEvent): void {
    if (hands.tool() !== 'draw') return
    event.preventDefault()
    // The two clicks of it have each set a corner in the same place.
    hands.corners(hands.ring().slice(0, -1))
    hands.close()
  }

  const leave = () => {
    if (gesture?.kind === 'atom' && gesture.moved) hands.drop(gesture.id, null)
    hands.stroke([])
    gesture = null
  }
  map.boxZoom.disable()
  map.on('mousedown', down)
  map.on('mousemove', move)
  map.on('mouseup', up)
  map.on('click', click)
  map.on('dblclick', twice)
  map.on('mouseout', leave)
  return () => {
    for (const [name, listener] of [['mousedown', down], ['mousemove', move], ['mouseup', up], ['click', click], ['dblclick', twice], ['mouseout', leave]] as const) {
      map.off(name, listener)
    }
  }
}
