import type { PlanAtom, PlanGrid } from '@/api/divisions'
import { type Band, bandOf } from './bands'

/** One grid before and after what is about to be done. */
export interface Change {
  label: number | null
  name: string
  before: number
  after: number
  was: Band | null
  band: Band
  buildings: number
  gone: boolean
}

export interface Range {
  low: number
  high: number
}

type Atom = Pick<PlanAtom, 'id' | 'grid' | 'households' | 'building_id'>
type Grid = Pick<PlanGrid, 'label' | 'name' | 'households' | 'buildings'>

const sum = (atoms: readonly Atom[]) => atoms.reduce((total, atom) => total + atom.households, 0)
const buildings = (atoms: readonly Atom[]) => new Set(atoms.map((atom) => atom.building_id)).size

/** The label that the server will give to the next new grid. */
export const nextLabel = (atoms: readonly Atom[]) => Math.max(-1, ...atoms.map((atom) => atom.grid)) + 1

/** Every grid that changes when the chosen atoms go to `to`; null is a new grid. The one that gains comes first. */
export function afterMove(grids: readonly Grid[], atoms: readonly Atom[], chosen: ReadonlySet<string>, to: number | null, range: Range, newName: string): Change[] {
  const moving = atoms.filter((atom) => chosen.has(atom.id) && atom.grid !== to)
  if (!moving.length) return []
  const target = grids.find((grid) => grid.label === to)
  const gain = sum(moving)
  const before = target?.households ?? 0
  const label = to ?? nextLabel(atoms)
  const after = atoms.map((atom) => (chosen.has(atom.id) ? { ...atom, grid: label } : atom))
  const gains: Change = {
    label: to, name: target?.name ?? newName, before, after: before + gain, was: target ? bandOf(before, range.low, range.high) : null,
    band: bandOf(before + gain, range.low, range.high), buildings: buildings(after.filter((atom) => atom.grid === label)), gone: false,
  }
  const losers = grids.flatMap((grid): Change[] => {
    const loss = sum(moving.filter((atom) => atom.grid === grid.label))
    const left = after.filter((atom) => atom.grid === grid.label)
    if (grid.label === to || (loss === 0 && !moving.some((atom) => atom.grid === grid.label))) return []
    return [{
      label: grid.label, name: grid.name, before: grid.households, after: grid.households - loss,
      was: bandOf(grid.households, range.low, range.high), band: bandOf(grid.households - loss, range.low, range.high),
      buildings: buildings(left), gone: left.length === 0,
    }]
  })
  return [gains, ...losers]
}

/** Each atom's grid after the move. */
export function labelsAfter(atoms: readonly Atom[], chosen: ReadonlySet<string>, to: number | null): number[] {
  const label = to ?? nextLabel(atoms)
  return atoms.map((atom) => (chosen.has(atom.id) ? label : atom.grid))
}

/** The first keeps its name and takes in the rest. */
export function afterMerge(grids: readonly Grid[], labels: readonly number[], range: Range): Change | null {
  const merged = labels.flatMap((label) => grids.filter((grid) => grid.label === label))
  const first = merged[0]
  if (!first || merged.length < 2) return null
  const after = merged.reduce((total, grid) => total + grid.households, 0)
  return {
    label: first.label, name: first.name, before: first.households, after, was: bandOf(first.households, range.low, range.high),
    band: bandOf(after, range.low, range.high), buildings: merged.reduce((total, grid) => total + grid.buildings, 0), gone: false,
  }
}

/** About how many households each of `parts` would have, and whether that is within the band. */
export function evenly(households: number, parts: number, range: Range): { each: number; band: Band } {
  const each = Math.round(households / Math.max(parts, 1))
  return { each, band: bandOf(each, range.low, range.high) }
}

/** The grids whose number of households was changed by an edit, as the server answered it. */
export function differences(before: readonly Grid[], after: readonly Grid[], range: Range): Change[] {
  const was = new Map(before.map((grid) => [grid.label, grid]))
  return after.flatMap((grid): Change[] => {
    const old = was.get(grid.label)
    if (old?.households === grid.households && old.buildings === grid.buildings) return []
    return [{
      label: grid.label, name: grid.name, before: old?.households ?? 0, after: grid.households,
      was: old ? bandOf(old.households, range.low, range.high) : null, band: bandOf(grid.households, range.low, range.high),
      buildings: grid.buildings, gone: false,
    }]
  })
}
