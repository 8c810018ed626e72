/** The ISO week a local day lies in, as the server writes it: 2026-W41. */
export function isoWeek(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const thursday = new Date(Date.UTC(year, month - 1, date))
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7))
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  const week = Math.ceil(((thursday.getTime() - first) / 86_400_000 + 1) / 7)
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`
}
