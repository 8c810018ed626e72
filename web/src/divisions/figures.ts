import type { PlanFigures } from '@/api/divisions'

export type FigureKey = 'grids' | 'in_band_share' | 'cv' | 'contiguous' | 'polsby_popper' | 'compounds_split' | 'straddling' | 'moved' | 'moved_households'

/** In the order of the table; `better` is the direction one wants, null where neither is. */
export const FIGURES: readonly { key: FigureKey; kind: 'count' | 'share' | 'number'; better: 'more' | 'less' | null; of?: keyof PlanFigures }[] = [
  { key: 'grids', kind: 'count', better: null },
  { key: 'in_band_share', kind: 'share', better: 'more' },
  { key: 'contiguous', kind: 'count', better: 'more', of: 'grids' },
  { key: 'cv', kind: 'number', better: 'less' },
  { key: 'polsby_popper', kind: 'number', better: 'more' },
  { key: 'compounds_split', kind: 'count', better: 'less', of: 'compounds' },
  { key: 'straddling', kind: 'count', better: 'less', of: 'grids' },
  { key: 'moved', kind: 'count', better: null },
  { key: 'moved_households', kind: 'count', better: null },
]

export function figureWords(figures: PlanFigures, row: (typeof FIGURES)[number]): string {
  const value = figures[row.key]
  if (row.kind === 'share') return `${(value * 100).toFixed(1)}%`
  if (row.kind === 'number') return value.toFixed(3)
  const whole = row.of ? figures[row.of] : null
  return typeof whole === 'number' ? `${value.toLocaleString()} / ${whole.toLocaleString()}` : value.toLocaleString()
}

/** How a figure of this plan stands to the other's: for what has a better side only. */
export function verdict(mine: PlanFigures, other: PlanFigures, row: (typeof FIGURES)[number]): 'better' | 'worse' | 'same' | null {
  if (!row.better) return null
  // Counts of so many grids say nothing when the numbers of grids differ; their shares do.
  const of = (figures: PlanFigures) => {
    const whole = row.of ? figures[row.of] : 1
    return figures[row.key] / Math.max(typeof whole === 'number' ? whole : 1, 1)
  }
  const difference = of(mine) - of(other)
  if (Math.abs(difference) < 5e-4) return 'same'
  return difference > 0 === (row.better === 'more') ? 'better' : 'worse'
}
