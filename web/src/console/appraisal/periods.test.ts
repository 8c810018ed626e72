import { describe, expect, it } from 'vitest'
import { firstDay, isoWeek, KINDS, kindOf, labelParts, lastDay, lastOf, move, periodOf } from './periods'

describe('the ISO week of a day', () => {
  it.each([
    ['2026-10-05', '2026-W41'],
    ['2026-01-01', '2026-W01'],
    ['2027-01-01', '2026-W53'],
    ['2024-12-30', '2025-W01'],
    ['2021-01-03', '2020-W53'],
  ])('%s lies in %s', (day, week) => expect(isoWeek(day)).toBe(week))
})

it('a stretch is told by its last day', () => {
  expect([lastOf('2026-12-01'), lastOf('2026-03-01'), lastOf('2027-01-01')]).toEqual(['2026-11-30', '2026-02-28', '2026-12-31'])
})

describe('the words of a period', () => {
  it('names months in English only', () => {
    expect([labelParts('2026-11')[1].month, labelParts('2026-11', true)[1].month, labelParts('2026-W41')[0]]).toEqual([11, 'Nov', 'week'])
  })
})

describe('periods as the server writes them', () => {
  it.each([
    ['2026-W41', 'week', '2026-10-05', '2026-10-11', '2026-W40', '2026-W42'],
    ['2027-W01', 'week', '2027-01-04', '2027-01-10', '2026-W53', '2027-W02'],
    ['2026-02', 'month', '2026-02-01', '2026-02-28', '2026-01', '2026-03'],
    ['2026-12', 'month', '2026-12-01', '2026-12-31', '2026-11', '2027-01'],
    ['2026-Q1', 'quarter', '2026-01-01', '2026-03-31', '2025-Q4', '2026-Q2'],
    ['2026', 'year', '2026-01-01', '2026-12-31', '2025', '2027'],
    ['2026-11-21', 'day', '2026-11-21', '2026-11-21', '2026-11-20', '2026-11-22'],
    ['2026-10-01..2026-10-15', 'span', '2026-10-01', '2026-10-15', '2026-09-16..2026-09-30', '2026-10-16..2026-10-30'],
  ])('%s', (period, kind, first, last, before, after) => {
    expect([kindOf(period), firstDay(period), lastDay(period)]).toEqual([kind, first, last])
    expect([move(period, -1), move(period, 1)]).toEqual([before, after])
  })

  it.each(KINDS)('the %s a day lies in begins and ends around it', (kind) => {
    const period = periodOf(kind, '2026-11-21')
    expect(firstDay(period) <= '2026-11-21' && lastDay(period) >= '2026-11-21').toBe(true)
  })
})
