import { describe, expect, it } from 'vitest'
import { setLanguage } from '@/i18n'
import { agoWords, dateTime, isoDay, remainingWords, spanWords } from './time'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = Date.parse('2026-11-21T10:00:00+08:00')
const at = (offset: number) => new Date(NOW + offset).toISOString()

describe('spanWords', () => {
  it.each([
    [0, '不到 1 分钟'],
    [59_999, '不到 1 分钟'],
    [MINUTE, '1 分'],
    [HOUR - 1, '59 分'],
    [HOUR, '1 小时'],
    [HOUR + 5 * MINUTE, '1 小时 5 分'],
    [DAY, '1 天'],
    [DAY + 5 * MINUTE, '1 天'],
    [3 * DAY + 4 * HOUR + 5 * MINUTE, '3 天 4 小时'],
    [-2 * HOUR, '2 小时'],
  ])('%i ms is %s', (length, words) => {
    expect(spanWords(length)).toBe(words)
  })
})

describe('remainingWords', () => {
  it('says what is left, and by how much a limit has passed', () => {
    expect(remainingWords(at(90 * MINUTE), NOW)).toBe('还剩 1 小时 30 分')
    expect(remainingWords(at(-3 * DAY), NOW)).toBe('已超期 3 天')
  })

  it('speaks English when asked to', () => {
    setLanguage('en')
    expect(remainingWords(at(-90 * MINUTE), NOW)).toBe('1 h 30 min overdue')
  })
})

describe('dates', () => {
  it('are those of the district, whatever the zone of the computer', () => {
    expect(dateTime('2026-11-20T16:30:00Z', NOW)).toBe('11月21日 00:30')
    expect(isoDay(new Date('2026-11-20T16:30:00Z'))).toBe('2026-11-21')
  })

  it('name the year only when it is another one', () => {
    expect(dateTime('2025-01-02T03:04:00+08:00', NOW)).toBe('2025年1月2日 03:04')
  })

  it('say nothing about nothing', () => {
    expect(dateTime(null)).toBe('')
  })
})

it('a moment ago is just now, also with a clock slightly behind', () => {
  expect(agoWords(at(5_000), NOW)).toBe('刚刚')
  expect(agoWords(at(-2 * HOUR), NOW)).toBe('2 小时前')
})
