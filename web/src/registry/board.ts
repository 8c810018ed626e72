/** A building board as rows and columns: floors from top to basement, each entrance as wide as its widest floor. */

export interface Room {
  id: string
  label: string
}

export interface BoardEntrance<Cell extends Room> {
  id: string | null
  name: string
  floors: { floor: number | null; label: string; dwellings: Cell[] }[]
}

export interface BoardColumns {
  key: string
  name: string
  width: number
}

export interface BoardFloor<Cell extends Room> {
  key: string
  floor: number | null
  label: string
  /** One list for each entrance, as long as that entrance is wide; null where there is no room. */
  rooms: (Cell | null)[][]
}

export interface Layout<Cell extends Room> {
  entrances: BoardColumns[]
  floors: BoardFloor<Cell>[]
}

/** 3 of 1503 on floor 15, when the label says its floor; the same place on each floor then stands above another. */
export function placeOnFloor(label: string, floor: number | null): number | null {
  if (floor === null) return null
  const digits = /(\d{3,})$/.exec(label)?.[1]
  if (!digits) return null
  return Number(digits.slice(0, -2)) === Math.abs(floor) ? Number(digits.slice(-2)) : null
}

/** The places of an entrance in order, when each of its rooms has one and no two of a floor share it. */
function places<Cell extends Room>(entrance: BoardEntrance<Cell>): number[] | null {
  const all = new Set<number>()
  for (const floor of entrance.floors) {
    const here = floor.dwellings.map((room) => placeOnFloor(room.label, floor.floor))
    if (here.some((place) => place === null) || new Set(here).size !== here.length) return null
    here.forEach((place) => all.add(place as number))
  }
  return [...all].sort((a, b) => a - b)
}

function row<Cell extends Room>(rooms: Cell[], floor: number | null, width: number, known: number[] | null): (Cell | null)[] {
  const cells: (Cell | null)[] = Array.from({ length: width }, () => null)
  rooms.forEach((room, at) => {
    const place = known ? known.indexOf(placeOnFloor(room.label, floor) ?? -1) : at
    cells[place < 0 ? at : place] = room
  })
  return cells
}

const below = (a: number | null, b: number | null) => (a === null ? 1 : b === null ? -1 : b - a)

export function layOut<Cell extends Room>(entrances: readonly BoardEntrance<Cell>[]): Layout<Cell> {
  const known = entrances.map((entrance) => places(entrance))
  const widths = entrances.map((entrance, at) =>
    Math.max(1, known[at]?.length ?? 0, ...entrance.floors.map((floor) => floor.dwellings.length)),
  )
  const labels = new Map<number | null, string>()
  for (const entrance of entrances) for (const floor of entrance.floors) if (!labels.has(floor.floor)) labels.set(floor.floor, floor.label)
  const floors = [...labels].sort(([a], [b]) => below(a, b)).map(([floor, label]) => ({
    key: String(floor),
    floor,
    label,
    rooms: entrances.map((entrance, at) =>
      row(entrance.floors.find((each) => each.floor === floor)?.dwellings ?? [], floor, widths[at] ?? 1, known[at] ?? null),
    ),
  }))
  return {
    entrances: entrances.map((entrance, at) => ({ key: entrance.id ?? `no-${at}`, name: entrance.name, width: widths[at] ?? 1 })),
    floors,
  }
}

export type Step = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight' | 'Home' | 'End'

/** The next room in a direction, over gaps; the same one at the edge. Rows are the floors' rooms in one line. */
export function nextRoom<Cell extends Room>(layout: Layout<Cell>, from: string, step: Step): string {
  const grid = layout.floors.map((floor) => floor.rooms.flat())
  const y = grid.findIndex((line) => line.some((room) => room?.id === from))
  const x = grid[y]?.findIndex((room) => room?.id === from) ?? -1
  if (x < 0) return from
  const line = grid[y] ?? []
  if (step === 'Home') return line.find(Boolean)?.id ?? from
  if (step === 'End') return line.findLast(Boolean)?.id ?? from
  const [dx, dy] = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[step] as [number, number]
  for (let [cx, cy] = [x + dx, y + dy]; grid[cy] && cx >= 0 && cx < (grid[cy]?.length ?? 0); cx += dx, cy += dy) {
    const found = grid[cy]?.[cx]
    if (found) return found.id
  }
  return from
}

/** "101-106, 201-206、地下-1" as labels: a span only between numbers of one floor, else the text as it stands. */
export function roomLabels(text: string): string[] {
  const found = text.split(/[\s,，、;；]+/).filter(Boolean).flatMap((part) => {
    const span = /^(\d{3,4})[-~－—～](\d{3,4})$/.exec(part)
    if (!span) return [part]
    const [from, to] = [Number(span[1]), Number(span[2])]
    if (to < from || Math.floor(to / 100) !== Math.floor(from / 100)) return [part]
    return Array.from({ length: to - from + 1 }, (_, at) => String(from + at).padStart((span[1] ?? '').length, '0'))
  })
  return [...new Set(found)]
}
