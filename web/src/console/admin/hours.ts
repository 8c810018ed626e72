import { useI18n } from 'vue-i18n'
import { overnight, type Period, type WeekRow } from '@/domain/calendar'
import '@/time/words'

/** The hours of a calendar in words: 周一至周五, 09:00–12:00 13:00–17:00, 20:00–次日 08:00. */
export function useHourWords() {
  const { t } = useI18n()
  const weekday = (at: number) => t(`timing.calendars.w${at + 1}`)

  function daysWords({ from, to }: WeekRow): string {
    if (from === 0 && to === 6) return t('timing.calendars.daily')
    return from === to ? weekday(from) : t('timing.calendars.range', { from: weekday(from), to: weekday(to) })
  }
  const periodWords = (period: Period) =>
    t(overnight(period) ? 'timing.calendars.night' : 'timing.calendars.period', { from: period[0] ?? '', to: period[1] ?? '' })
  const hoursWords = (hours: readonly Period[]) => (hours.length ? hours.map(periodWords).join(t('timing.calendars.and')) : t('timing.calendars.free'))

  return { daysWords, hoursWords }
}
