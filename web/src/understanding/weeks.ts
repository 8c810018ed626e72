const DAY_MS = 86_400_000
const iso = (date: Date) => date.toISOString().slice(0, 10)

/** A week is named by its Monday; days are calendar days, so UTC keeps them whole. */
export function inWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  return iso(new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY_MS))
}

/** The Monday of the week of a moment in the district's time, `after` weeks later. */
export function mondayOf(now: Date, after = 0): string {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(now)
  return iso(new Date(Date.parse(`${inWeek(today)}T00:00:00Z`) + after * 7 * DAY_MS))
}

export function weekWords(monday: string): string {
  const last = iso(new Date(Date.parse(`${monday}T00:00:00Z`) + 6 * DAY_MS))
  const short = (day: string) => `${Number(day.slice(5, 7))}.${Number(day.slice(8, 10))}`
  return `${monday.slice(0, 4)} · ${short(monday)}–${short(last)}`
}
