/** Periods as the server writes them: 2026-10-05, 2026-W41, 2026-10, 2026-Q4, 2026, 2026-10-01..2026-10-15. */
export const KINDS = ['week', 'month', 'quarter', 'year', 'span'] as const
export type PeriodKind = (typeof KINDS)[number] | 'day'

const DAY_MS = 86_400_000
const two = (number: number) => String(number).padStart(2, '0')
const text = (date: Date) => date.toISOString().slice(0, 10)
const utc = (day: string) => new Date(`${day}T00:00:00Z`)

/** The ISO week a local day lies in, as the server writes it: 2026-W41. */
export function isoWeek(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const thursday = new Date(Date.UTC(year, month - 1, date))
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7))
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  const week = Math.ceil(((thursday.getTime() - first) / DAY_MS + 1) / 7)
  return `${thursday.getUTCFullYear()}-W${two(week)}`
}

export function kindOf(period: string): PeriodKind {
  if (period.includes('..')) return 'span'
  if (/^\d{4}-W\d\d$/.test(period)) return 'week'
  if (/^\d{4}-Q[1-4]$/.test(period)) return 'quarter'
  if (/^\d{4}-\d\d$/.test(period)) return 'month'
  return /^\d{4}$/.test(period) ? 'year' : 'day'
}

/** The period of a kind that a day lies in; two days are the month up to that day. */
export function periodOf(kind: PeriodKind, day: string): string {
  if (kind === 'week') return isoWeek(day)
  if (kind === 'month') return day.slice(0, 7)
  if (kind === 'quarter') return `${day.slice(0, 4)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`
  if (kind === 'year') return day.slice(0, 4)
  return kind === 'span' ? `${day.slice(0, 8)}01..${day}` : day
}

export function firstDay(period: string): string {
  const [year = '2026', rest = ''] = period.split('-')
  switch (kindOf(period)) {
    case 'span': return period.slice(0, 10)
    case 'week': {
      const january = new Date(Date.UTC(Number(year), 0, 4))
      const monday = january.getTime() - ((january.getUTCDay() || 7) - 1) * DAY_MS
      return text(new Date(monday + (Number(rest.slice(1)) - 1) * 7 * DAY_MS))
    }
    case 'quarter': return `${year}-${two(Number(rest.slice(1)) * 3 - 2)}-01`
    case 'month': return `${period}-01`
    case 'year': return `${year}-01-01`
    default: return period
  }
}

export function lastDay(period: string): string {
  const kind = kindOf(period)
  if (kind === 'span') return period.slice(12)
  const start = utc(firstDay(period))
  if (kind === 'day') return period
  if (kind === 'week') return text(new Date(start.getTime() + 6 * DAY_MS))
  const months = { month: 1, quarter: 3, year: 12 }[kind]
  return text(new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, 0)))
}

/** The period of the same length just before (-1) or after (1). */
export function move(period: string, by: 1 | -1): string {
  const kind = kindOf(period)
  const edge = by > 0 ? utc(lastDay(period)).getTime() + DAY_MS : utc(firstDay(period)).getTime() - DAY_MS
  if (kind !== 'span') return periodOf(kind, text(new Date(edge)))
  const length = utc(lastDay(period)).getTime() - utc(firstDay(period)).getTime()
  const other = text(new Date(edge + by * length))
  return by > 0 ? `${text(new Date(edge))}..${other}` : `${other}..${text(new Date(edge))}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The server ends a stretch with the day after its last. */
export const lastOf = (end: string): string => text(new Date(utc(end).getTime() - DAY_MS))

/** For words: the key's last part and what stands in it; English names its months. */
export function labelParts(period: string, english = false): [PeriodKind, Record<string, string | number>] {
  const kind = kindOf(period)
  const first = firstDay(period)
  return [kind, {
    year: kind === 'week' ? period.slice(0, 4) : first.slice(0, 4), month: english ? MONTHS[Number(first.slice(5, 7)) - 1] ?? '' : Number(first.slice(5, 7)), quarter: period.slice(-1), week: Number(period.slice(-2)),
    from: first, to: lastDay(period),
  }]
}
