import { describe, expect, it } from 'vitest'
import { isoWeek } from './periods'

describe('the ISO week of a day', () => {
  it.each([
    ['2026-10-05', '2026-W41'],
    ['2026-01-01', '2026-W01'],
    ['2027-01-01', '2026-W53'],
    ['2024-12-30', '2025-W01'],
    ['2021-01-03', '2020-W53'],
  ])('%s lies in %s', (day, week) => expect(isoWeek(day)).toBe(week))
})
