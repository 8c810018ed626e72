import { describe, expect, it } from 'vitest'
import { daysOf, type Holiday, holidaysOf, monthWeeks, overnight, weekRows, workedWeek } from './calendar'

const OFFICE = { duty: [['09:00', '12:00'], ['13:00', '17:00']], week: {} }
const WINDOW = { duty: [['08:30', '17:30']], week: { sat: [['08:30', '12:00']] } }

describe('the hours of a week', () => {
  it('puts alike neighbours together and leaves free days empty', () => {
    expect(weekRows(OFFICE).map(({ from, to, hours }) => [from, to, hours.length])).toEqual([[0, 4, 2], [5, 6, 0]])
    expect(weekRows(WINDOW).map(({ from, to }) => [from, to])).toEqual([[0, 4], [5, 5], [6, 6]])
  })
  it('knows a night shift', () => {
    expect([['20:00', '08:00'], ['09:00', '12:00']].map(overnight)).toEqual([true, false])
  })
  it('counts every day of a year that is not published', () => {
    expect(workedWeek(OFFICE, false)).toEqual(Array(7).fill(true))
    expect(workedWeek(WINDOW, true)).toEqual([true, true, true, true, true, true, false])
  })
})

describe('a month', () => {
  it('begins on Monday and takes exceptions before the week', () => {
    const exceptions = new Map([['2026-02-14', { date: '2026-02-14', working: true, name: '春节', entered: false }]])
    const cells = monthWeeks(2026, 2, exceptions, workedWeek(OFFICE, true)).flat()
    expect(cells.slice(0, 7).map((cell) => cell?.day)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, 1])
    expect(cells.find((cell) => cell?.day === 14)?.working).toBe(true)
    expect(cells.find((cell) => cell?.day === 21)?.working).toBe(false)
  })
})

describe('a published year', () => {
  const lines: Holiday[] = [
    { name: '春节', off: ['2026-02-27', '2026-03-02'], makeUp: ['2026-02-14'] },
    { name: '国庆节', off: ['2026-10-01', '2026-10-01'], makeUp: [] },
  ]
  it('is entered by lines and kept by days', () => {
    expect(daysOf(lines).filter((day) => !day.working).map((day) => day.date)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02', '2026-10-01'])
    expect(holidaysOf(daysOf(lines))).toEqual(lines)
  })
})
