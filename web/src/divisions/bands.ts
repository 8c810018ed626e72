import type { PlanGrid } from '@/api/divisions'
import type { Tone } from '@/domain/states'

export type Band = PlanGrid['band']

export const BANDS: readonly Band[] = ['under', 'in', 'over']

/** Both ends of the band belong to it. */
export function bandOf(households: number, low: number, high: number): Band {
  if (households < low) return 'under'
  return households > high ? 'over' : 'in'
}

export const BAND_TONES: Record<Band, Tone> = { under: 'warning', in: 'good', over: 'danger' }

/** On the map: a tint and a line; `under` and `over` are hatched as well, so that colour never stands alone. */
export const BAND_PAINT: Record<Band, { fill: string; line: string; hatch: 'rising' | 'crossed' | null }> = {
  under: { fill: '#f6d38a', line: '#8a5100', hatch: 'rising' },
  in: { fill: '#cfe8d6', line: '#1b6b36', hatch: null },
  over: { fill: '#f3b6b1', line: '#b3261e', hatch: 'crossed' },
}

/** The fewest and the most grids that so many households allow within the band; null when none does. */
export function possibleGrids(households: number, low: number, high: number): [number, number] | null {
  const [fewest, most] = [Math.ceil(households / high), Math.floor(households / low)]
  return fewest >= 1 && fewest <= most ? [fewest, most] : null
}

/** Where the band and the number lie on a bar from 0 to a little over the top of the band, in percent. */
export function barOf(households: number, low: number, high: number): { from: number; to: number; at: number } {
  const top = Math.max(high * 1.5, households)
  const percent = (value: number) => Math.round((value / top) * 1000) / 10
  return { from: percent(low), to: percent(high), at: percent(households) }
}
