import type { HeatPart } from '@/api/understanding'

/** In the order in which they are told and drawn. */
export const HEAT_PARTS: readonly HeatPart[] = ['count', 'people', 'growth', 'severity', 'likes', 'dislikes']
/** Steps of one blue and one grey: the words beside tell the parts, the bar only their share. */
export const PART_COLOURS: Record<HeatPart, string> = {
  count: '#16499a', people: '#3c7cdb', growth: '#b26a00', severity: '#b3261e', likes: '#0a6570', dislikes: '#5f6c82',
}

/** Widths in percent of the hottest one's heat; what cools draws nothing. */
export function heatWidths(parts: Record<HeatPart, number>, heat: number, most: number): { part: HeatPart; width: number }[] {
  const warm = HEAT_PARTS.map((part) => ({ part, value: Math.max(0, parts[part] ?? 0) })).filter((one) => one.value > 0)
  const sum = warm.reduce((total, one) => total + one.value, 0)
  const whole = most > 0 ? (Math.max(0, heat) / most) * 100 : 0
  return warm.map((one) => ({ part: one.part, width: (one.value / sum) * whole }))
}
