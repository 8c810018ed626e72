import type { CalendarDay } from '@/api/types'

export interface DayCell {
  date: string
  day: number
  working: boolean
  /** Differs from the calendar's ordinary week: a day off or a make-up day. */
  exception: CalendarDay | null
}

/** `["20:00", "08:00"]` is a night shift: it ends on the next day. */
export type Period = readonly string[]

/** What a week is made of; the server's own calendars have more. */
export interface Hours {
  duty: readonly Period[]
  week: Readonly<Record<string, readonly Period[]>>
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const FREE = 5

const pad = (value: number) => String(value).padStart(2, '0')

/** Of a weekday (0 is Monday): its own hours where the calendar gives them, else those of Monday to Friday. */
export function hoursOf(calendar: Hours, weekday: number): readonly Period[] {
  return calendar.week[WEEKDAYS[weekday] ?? ''] ?? (weekday < FREE ? calendar.duty : [])
}

/** Which weekdays are worked as a rule. Of a year not published yet every day counts, as no time may come too late. */
export function workedWeek(calendar: Hours, known: boolean): boolean[] {
  return WEEKDAYS.map((_, weekday) => !known || hoursOf(calendar, weekday).length > 0)
}

export interface WeekRow {
  from: number
  to: number
  hours: readonly Period[]
}

/** The week's hours with neighbours that are alike put together. */
export function weekRows(calendar: Hours): WeekRow[] {
  const rows: WeekRow[] = []
  for (let weekday = 0; weekday < WEEKDAYS.length; weekday += 1) {
    const hours = hoursOf(calendar, weekday)
    const last = rows.at(-1)
    if (last && JSON.stringify(last.hours) === JSON.stringify(hours)) last.to = weekday
    else rows.push({ from: weekday, to: weekday, hours })
  }
  return rows
}

export const overnight = (period: Period) => (period[1] ?? '') <= (period[0] ?? '')

/** A month as weeks from Monday; null before the first and after the last day. */
export function monthWeeks(
  year: number,
  month: number,
  exceptions: ReadonlyMap<string, CalendarDay>,
  worked: readonly boolean[] = WEEKDAYS.map((_, weekday) => weekday < FREE),
): (DayCell | null)[][] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const lead = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7
  const cells: (DayCell | null)[] = Array.from({ length: lead }, () => null)
  for (let day = 1; day <= length; day += 1) {
    const date = `${year}-${pad(month)}-${pad(day)}`
    const weekday = (lead + day - 1) % 7
    const exception = exceptions.get(date) ?? null
    cells.push({ date, day, working: exception ? exception.working : (worked[weekday] ?? false), exception })
  }
  while (cells.length % 7) cells.push(null)
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7))
}

/** One line of a published notice: 春节, 2 月 15 日至 23 日放假，2 月 14 日、28 日上班. */
export interface Holiday {
  name: string
  off: [string, string] | null
  makeUp: string[]
}

export const HOLIDAYS = ['元旦', '春节', '清明节', '劳动节', '端午节', '中秋节', '国庆节']

const next = (date: string) => new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)

/** Every day of the lines, as the server keeps them. */
export function daysOf(holidays: readonly Holiday[]): { date: string; working: boolean; name: string }[] {
  return holidays.flatMap(({ name, off, makeUp }) => {
    const days = makeUp.map((date) => ({ date, working: true, name: name.trim() }))
    for (let date = off?.[0] ?? ''; off && date <= off[1]; date = next(date)) days.push({ date, working: false, name: name.trim() })
    return days
  })
}

/** The lines again from the days: for a year that is entered anew. Days off that do not follow each other are apart. */
export function holidaysOf(days: readonly Pick<CalendarDay, 'date' | 'working' | 'name'>[]): Holiday[] {
  const lines: Holiday[] = []
  const sorted = [...days].sort((a, b) => a.date.localeCompare(b.date))
  for (const day of sorted.filter((each) => !each.working)) {
    const last = lines.at(-1)
    if (last?.off && last.name === day.name && next(last.off[1]) === day.date) last.off[1] = day.date
    else lines.push({ name: day.name, off: [day.date, day.date], makeUp: [] })
  }
  for (const day of sorted.filter((each) => each.working)) {
    const line = lines.find((each) => each.name === day.name)
    if (line) line.makeUp.push(day.date)
    else lines.push({ name: day.name, off: null, makeUp: [day.date] })
  }
  return lines
}
