import { describe, expect, it } from 'vitest'
import type { MatterCandidate, PlaceCandidate } from '@/api/understanding'
import { caseFrom, emptyDraft } from '@/domain/draft'
import { oneAtATime } from './asking'
import { isTaken, questionFrom, takeMatter, takePlace, worthReading } from './drafting'
import { markSpans, spansOf } from './marking'
import { percentWords, surenessOf } from './sureness'
import { isTyping } from './typing'
import { inWeek, mondayOf, weekWords } from './weeks'

const place = (given: Partial<PlaceCandidate> = {}): PlaceCandidate => ({
  kind: 'building', kind_name: '楼栋', id: 'b', code: 'b', name: '3号楼', path: '市中区 / 杆石桥', area_id: 'a', lon: 117, lat: 36.6,
  probability: 0.97, reason: '', reason_en: '', ...given,
})
const matter: MatterCandidate = { category: { code: 'M-1', name: '噪音', name_en: 'Noise', path: '环境 / 噪音' }, probability: 0.8, words: ['噪音'] }

describe('questions while somebody writes', () => {
  function desk() {
    const sent: { text: string; answer: (answer: string) => void; fail: (error: unknown) => void }[] = []
    const told: string[] = []
    const line = oneAtATime(
      (text: string) => new Promise<string>((answer, fail) => sent.push({ text, answer, fail })),
      { answer: (answer) => told.push(answer), failed: (error) => told.push(`failed: ${String(error)}`), busy: (busy) => told.push(busy ? 'busy' : 'rest') },
    )
    return { line, sent, told }
  }
  const settle = () => new Promise((resolve) => setTimeout(resolve))

  it('go one at a time, the newest of those that waited', async () => {
    const { line, sent } = desk()
    line.ask('一')
    line.ask('一二')
    line.ask('一二三')
    expect(sent.map((one) => one.text)).toEqual(['一'])
    sent[0]?.answer('甲')
    await settle()
    expect(sent.map((one) => one.text)).toEqual(['一', '一二三'])
  })

  it('are not answered when they are old', async () => {
    const { line, sent, told } = desk()
    line.ask('一')
    line.ask('一二')
    sent[0]?.answer('old')
    await settle()
    sent[1]?.answer('new')
    await settle()
    expect(told).toEqual(['busy', 'busy', 'new', 'rest'])
  })

  it('do not stop after one that failed, and an old failure is told to nobody', async () => {
    const { line, sent, told } = desk()
    line.ask('一')
    sent[0]?.fail('down')
    await settle()
    line.ask('二')
    line.ask('三')
    sent[1]?.fail('old')
    await settle()
    sent[2]?.answer('three')
    await settle()
    expect(told.filter((word) => !['busy', 'rest'].includes(word))).toEqual(['failed: down', 'three'])
  })

  it('are forgotten when nothing is wanted any more', async () => {
    const { line, sent, told } = desk()
    line.ask('一')
    line.forget()
    sent[0]?.answer('late')
    await settle()
    expect(told).toEqual(['busy', 'rest'])
  })
})

describe('taking what was read', () => {
  it('asks only once there is something to read', () => {
    expect(worthReading({ ...emptyDraft(), title: '噪音' })).toBe(false)
    expect(worthReading({ ...emptyDraft(), title: '夜间噪音' })).toBe(true)
    expect(questionFrom({ ...emptyDraft(), title: ' 夜间噪音 ', address: ' ' })).toMatchObject({ title: '夜间噪音', address: undefined })
  })

  it('sets the category and nothing else', () => {
    expect(takeMatter({ ...emptyDraft(), title: '甲' }, matter)).toEqual({ ...emptyDraft(), title: '甲', category: 'M-1' })
  })

  it('sets the point of an exact place, and keeps a typed address', () => {
    const draft = takePlace({ ...emptyDraft(), address: '三号楼门口' }, place())
    expect(draft).toMatchObject({ address: '三号楼门口', point: { lon: 117, lat: 36.6 }, area: null })
    expect(takePlace(emptyDraft(), place()).address).toBe('3号楼')
    expect(isTaken(draft, place())).toBe(true)
    expect(isTaken(draft, place({ lon: 118 }))).toBe(false)
  })

  it('sets the area where no point can be named', () => {
    const draft = takePlace({ ...emptyDraft(), point: { lon: 1, lat: 2 } }, place({ kind: 'community', lon: 117, lat: 36 }))
    expect(draft).toMatchObject({ point: null, area: 'a' })
    expect(caseFrom(draft)).toMatchObject({ area: 'a' })
    expect(isTaken(draft, place({ kind: 'community' }))).toBe(true)
  })
})

describe('how sure', () => {
  it('is told in a word and never as a certainty', () => {
    expect([0.97, 0.8, 0.5, 0.1].map(surenessOf)).toEqual(['certain', 'likely', 'maybe', 'unsure'])
    expect([0.999, 0.5, 0.001, 1, 0, null].map((share) => percentWords(share))).toEqual(['>99%', '50%', '<1%', '100%', '0%', '—'])
    expect(percentWords(0.9312, 1)).toBe('93.1%')
  })
})

describe('marked text', () => {
  it('is cut at the spans, whatever their order or overlap', () => {
    expect(markSpans('夜间施工噪音', [{ start: 4, end: 9 }, { start: 0, end: 2 }, { start: 1, end: 2 }])).toEqual([
      { text: '夜间', hit: true }, { text: '施工', hit: false }, { text: '噪音', hit: true },
    ])
    expect(markSpans('', [{ start: 0, end: 3 }])).toEqual([])
    expect(markSpans('甲', [{ start: -3, end: 0 }])).toEqual([{ text: '甲', hit: false }])
  })

  it('finds each word as often as it is there', () => {
    expect(spansOf('噪音很大，噪音不断', ['噪音', '', '没有'])).toEqual([{ start: 0, end: 2 }, { start: 5, end: 7 }])
  })
})

describe('weeks', () => {
  it('are named by their Monday in the district’s time', () => {
    expect(['2026-11-16', '2026-11-22', '2026-11-23'].map(inWeek)).toEqual(['2026-11-16', '2026-11-16', '2026-11-23'])
    expect(mondayOf(new Date('2026-11-22T15:59:00Z'))).toBe('2026-11-16')
    expect(mondayOf(new Date('2026-11-22T16:01:00Z'))).toBe('2026-11-23')
    expect(mondayOf(new Date('2026-12-30T00:00:00Z'), 1)).toBe('2027-01-04')
    expect(weekWords('2026-11-30')).toBe('2026 · 11.30–12.6')
  })
})

describe('a key', () => {
  it('is no shortcut while it goes into a text', () => {
    const press = (html: string, given: KeyboardEventInit = {}) => {
      document.body.innerHTML = html
      const event = new KeyboardEvent('keydown', { key: '/', bubbles: true, ...given })
      document.querySelector('#at')?.dispatchEvent(event)
      return isTyping(event)
    }
    expect(press('<input id="at">')).toBe(true)
    expect(press('<div role="dialog"><button id="at"></button></div>')).toBe(true)
    expect(press('<button id="at"></button>', { ctrlKey: true })).toBe(true)
    expect(press('<button id="at"></button>')).toBe(false)
  })
})
