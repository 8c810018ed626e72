import { readonly, shallowRef } from 'vue'
import type { Timestamp } from '@/api/types'
import { language, t } from '@/i18n'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A length of time in at most two units: 3 天 4 小时, 2 小时 5 分. */
export function spanWords(milliseconds: number): string {
  const total = Math.abs(milliseconds)
  if (total < MINUTE) return t('time.lessThanMinute')
  const days = Math.floor(total / DAY)
  const hours = Math.floor((total % DAY) / HOUR)
  const minutes = Math.floor((total % HOUR) / MINUTE)
  const parts: string[] = []
  if (days) parts.push(t('time.days', { n: days }))
  if (hours) parts.push(t('time.hours', { n: hours }))
  if (minutes && !days) parts.push(t('time.minutes', { n: minutes }))
  return parts.slice(0, 2).join(' ')
}

/** What is left until `due`, or by how much it has passed. */
export function remainingWords(due: Timestamp, now: number): string {
  const left = Date.parse(due) - now
  return t(left >= 0 ? 'time.left' : 'time.over', { span: spanWords(left) })
}

export function agoWords(at: Timestamp, now: number): string {
  const gone = now - Date.parse(at)
  return gone < MINUTE ? t('time.justNow') : t('time.ago', { span: spanWords(gone) })
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language.value}/${kind}`
  const made =
    formats.get(key) ??
    new Intl.DateTimeFormat(language.value === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', ...options })
  formats.set(key, made)
  return made
}

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hour12: false }

/** Always the district's time, whatever the computer's time zone. The year only when it is another one. */
export function dateTime(at: Timestamp | null | undefined, now: number = Date.now()): string {
  if (!at) return ''
  const date = new Date(at)
  const sameYear = yearOf(date) === yearOf(new Date(now))
  return sameYear
    ? format('short', { month: 'short', day: 'numeric', ...CLOCK }).format(date)
    : format('long', { year: 'numeric', month: 'short', day: 'numeric', ...CLOCK }).format(date)
}

export function fullDateTime(at: Timestamp | null | undefined): string {
  if (!at) return ''
  return format('full', {
    year: 'numeric', month: '2-digit', day: '2-digit', ...CLOCK, second: '2-digit',
  }).format(new Date(at))
}

export function day(at: Timestamp | null | undefined): string {
  if (!at) return ''
  return format('day', { year: 'numeric', month: 'short', day: 'numeric' }).format(new Date(at))
}

function yearOf(date: Date): string {
  return format('year', { year: 'numeric' }).format(date)
}

/** 2026-11-21, in the district's time: what date filters send. */
export function isoDay(date: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(date)
}

const ticking = shallowRef(Date.now())
let timer: ReturnType<typeof setInterval> | undefined

/** The current time, renewed every half minute for everything that counts down. */
export function useNow() {
  timer ??= setInterval(() => (ticking.value = Date.now()), 30_000)
  return readonly(ticking)
}
