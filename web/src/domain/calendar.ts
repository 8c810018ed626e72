import type { CalendarDay } from '@/api/types'

export interface DayCell {
  date: string
  day: number
  working: boolean
  /** Differs from plain Monday to Friday: a day off or a make-up day. */
  exception: CalendarDay | null
}

const pad = (value: number) => String(value).padStart(2, '0')

/** A month as weeks from Monday; null before the first and after the last day. */
export function monthWeeks(year: number, month: number, exceptions: ReadonlyMap<string, CalendarDay>): (DayCell | null)[][] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const lead = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7
  const cells: (DayCell | null)[] = Array.from({ length: lead }, () => null)
  for (let day = 1; day <= length; day += 1) {
    const date = `${year}-${pad(month)}-${pad(day)}`
    const weekday = (lead + day - 1) % 7
    const exception = exceptions.get(date) ?? null
    cells.push({ date, day, working: exception ? exception.working : weekday < 5, exception })
  }
  while (cells.length % 7) cells.push(null)
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7))
}
