/** How figures of appraisal are put: pure, so that every page says the same of the same. */
import type { FigureValue, Indicator, Score } from '@/api'

type Banded = { best: number | null; worst: number | null }
export type Verdict = 'better' | 'worse' | ''

const DIGITS: Record<string, number> = { percent: 1, per_hundred: 1, mark: 2, count: 0, minutes: 0 }

/** A bare number in the indicator's unit; the unit itself is a word of the page. */
export function number(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '—'
  return value.toLocaleString('en-US', { maximumFractionDigits: DIGITS[unit] ?? 1, minimumFractionDigits: unit === 'mark' ? 2 : 0 })
}

/** Minutes as one reads them: [number, key of the unit]. */
export function minutesParts(minutes: number): [string, 'minutes' | 'hours' | 'days'] {
  if (minutes < 100) return [number(minutes, 'count'), 'minutes']
  if (minutes < 2880) return [(minutes / 60).toLocaleString('en-US', { maximumFractionDigits: 1 }), 'hours']
  return [(minutes / 1440).toLocaleString('en-US', { maximumFractionDigits: 1 }), 'days']
}

/** 2–5, or 3 where only one rank is possible; empty where nothing is ranked. */
export function bandText({ best, worst }: Banded): string {
  if (best === null || worst === null) return ''
  return best === worst ? String(best) : `${best}–${worst}`
}

/** What the same mix of matters gives in the whole district; the server tells it as a number of cases. */
export function expectedValue({ expected, denominator }: Pick<FigureValue, 'expected' | 'denominator'>, unit: string): number | null {
  if (expected === null || !denominator) return null
  return (expected / denominator) * (unit === 'percent' || unit === 'per_hundred' ? 100 : 1)
}

/**
 * Said only where it is beyond chance: better than what the same mix of matters gives in the whole district, or,
 * where nothing is expected, ranked wholly in the first or last half.
 */
export function verdict(value: FigureValue, indicator: Pick<Indicator, 'better' | 'ranked' | 'unit'>, ranked: number): Verdict {
  if (!indicator.ranked || value.best === null || value.worst === null) return ''
  const expected = expectedValue(value, indicator.unit)
  if (expected !== null && value.interval) {
    const [low, high] = value.interval
    const above = low > expected
    const below = high < expected
    if (!above && !below) return ''
    return above === (indicator.better === 'higher') ? 'better' : 'worse'
  }
  if (ranked < 3) return ''
  if (value.worst <= ranked / 2) return 'better'
  return value.best > ranked / 2 + 0.5 ? 'worse' : ''
}

/** Where an interval and its value lie on a line from the least to the greatest shown, in percent. */
export function onLine(value: number | null, interval: readonly number[] | null, range: readonly [number, number]) {
  if (value === null || !interval) return null
  const span = range[1] - range[0] || 1
  const at = (point: number) => Math.min(100, Math.max(0, ((point - range[0]) / span) * 100))
  const [low = value, high = value] = interval
  return { left: at(low), width: Math.max(2, at(high) - at(low)), dot: at(value) }
}

export function rangeOf(values: readonly (Pick<FigureValue, 'value' | 'interval'> | Pick<Score, 'score' | 'interval'>)[], unit: string): [number, number] {
  if (unit === 'percent') return [0, 100]
  const points = values.flatMap((one) => {
    const value = 'score' in one ? one.score : one.value
    return one.interval ? [...one.interval] : value === null ? [] : [value]
  })
  return points.length ? [Math.min(0, ...points), Math.max(...points)] : [0, 1]
}

export const sumOf = (weights: Record<string, { weight: number }>): number =>
  Math.round(Object.values(weights).reduce((sum, one) => sum + (one.weight || 0), 0) * 100) / 100

const ORDER = ['share', 'mean', 'quantile', 'events', 'count']

/** What weighs most first, then what can be ranked, kind by kind. */
export function inOrder<One extends Pick<Indicator, 'code' | 'kind' | 'ranked'>>(indicators: readonly One[], weights: readonly { indicator: string; weight: number }[] = []): One[] {
  const weight = new Map(weights.map((one) => [one.indicator, one.weight]))
  const place = (one: One) => [-(weight.get(one.code) ?? 0), one.ranked ? 0 : 1, ORDER.indexOf(one.kind)]
  return [...indicators].sort((a, b) => {
    const [left, right] = [place(a), place(b)]
    const at = left.findIndex((part, index) => part !== right[index])
    return at < 0 ? a.code.localeCompare(b.code) : (left[at] ?? 0) - (right[at] ?? 0)
  })
}

const STEPS = ['call', 'flow', 'response', 'feedback', 'appraisal', 'closing']

/** The five steps in the order in which they are walked; others after them. */
export const stepsInOrder = <Step extends { code: string }>(steps: readonly Step[]): Step[] =>
  [...steps].sort((a, b) => (STEPS.indexOf(a.code) + 1 || 99) - (STEPS.indexOf(b.code) + 1 || 99))
