import { useI18n } from 'vue-i18n'
import type { FigureValue, Indicator } from '@/api'
import { bandText, minutesParts, number } from './figures'
import './words'

/** Figures with their units in words. */
export function useFigure() {
  const { t } = useI18n()
  function words(value: number | null | undefined, unit: string): string {
    if (value === null || value === undefined) return '—'
    if (unit === 'minutes') {
      const [amount, key] = minutesParts(value)
      return t(`appraisal.unit.${key}`, { n: amount })
    }
    return t(`appraisal.unit.${unit}`, { n: number(value, unit) })
  }
  const span = (interval: readonly number[] | null, unit: string) => (interval ? t('appraisal.figure.between', { low: words(interval[0], unit), high: words(interval[1], unit) }) : '')
  const band = (one: { best: number | null; worst: number | null }) => (bandText(one) ? t('appraisal.figure.rank', { band: bandText(one) }) : '')
  /** The counts behind: 23 / 25, or n where there is only one. */
  const counts = ({ numerator, denominator }: Pick<FigureValue, 'numerator' | 'denominator'>, { kind }: Pick<Indicator, 'kind'>) =>
    kind !== 'mean' && numerator !== null && denominator !== null ? `${numerator.toLocaleString()} / ${denominator.toLocaleString()}` : denominator !== null ? t('appraisal.figure.of', { n: denominator.toLocaleString() }) : ''
  const few = (value: FigureValue, indicator: Indicator) => indicator.ranked && value.denominator !== null && value.denominator > 0 && value.denominator < indicator.least
  return { words, span, band, counts, few }
}
