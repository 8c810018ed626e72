import { describe, expect, it } from 'vitest'
import type { FigureValue } from '@/api'
import { bandText, expectedValue, inOrder, minutesParts, number, onLine, rangeOf, stepsInOrder, sumOf, verdict } from './figures'

const figure = (given: Partial<FigureValue>): FigureValue => ({
  numerator: 50, denominator: 100, value: 50, interval: [40, 60], expected: null, adjusted: null, adjusted_interval: null,
  best: 1, worst: 4, why: '', why_en: '', excluded: 0, ...given,
})
const higher = { better: 'higher', ranked: true, unit: 'percent' }

describe('figures in words', () => {
  it('writes numbers by their unit', () => {
    expect([number(97.25, 'percent'), number(1234, 'count'), number(4, 'mark'), number(null, 'percent')]).toEqual(['97.3', '1,234', '4.00', '—'])
    expect([minutesParts(45), minutesParts(150), minutesParts(4320)]).toEqual([['45', 'minutes'], ['2.5', 'hours'], ['3', 'days']])
  })

  it('writes the ranks a unit may hold', () => {
    expect([bandText({ best: 2, worst: 5 }), bandText({ best: 3, worst: 3 }), bandText({ best: null, worst: null })]).toEqual(['2–5', '3', ''])
  })

  it('says better or worse only beyond chance', () => {
    expect(verdict(figure({ expected: 35 }), higher, 10)).toBe('better')
    expect(verdict(figure({ expected: 35 }), { ...higher, better: 'lower' }, 10)).toBe('worse')
    expect(verdict(figure({ expected: 50 }), higher, 10)).toBe('')
    expect(verdict(figure({ best: 1, worst: 5 }), higher, 10)).toBe('better')
    expect(verdict(figure({ best: 6, worst: 10 }), higher, 10)).toBe('worse')
    expect(verdict(figure({ best: 2, worst: 8 }), higher, 10)).toBe('')
    expect(verdict(figure({ best: null, worst: null, expected: 10 }), higher, 10)).toBe('')
    expect(verdict(figure({ expected: 35 }), { ...higher, ranked: false }, 10)).toBe('')
  })

  it('turns the cases expected into a value of the unit', () => {
    expect(expectedValue({ expected: 35.2, denominator: 40 }, 'percent')).toBeCloseTo(88)
    expect(expectedValue({ expected: 3, denominator: 4 }, 'mark')).toBe(0.75)
    expect(expectedValue({ expected: 3, denominator: 0 }, 'percent')).toBeNull()
  })

  it('puts what weighs most first, and steps as they are walked', () => {
    const some = [{ code: 'b', kind: 'count', ranked: false }, { code: 'c', kind: 'mean', ranked: true }, { code: 'a', kind: 'share', ranked: true }, { code: 'd', kind: 'events', ranked: true }]
    expect(inOrder(some, [{ indicator: 'd', weight: 10 }]).map((one) => one.code)).toEqual(['d', 'a', 'c', 'b'])
    expect(stepsInOrder([{ code: 'closing' }, { code: 'other' }, { code: 'flow' }, { code: 'call' }]).map((one) => one.code)).toEqual(['call', 'flow', 'closing', 'other'])
  })

  it('places intervals on a line', () => {
    expect(onLine(50, [40, 60], [0, 100])).toEqual({ left: 40, width: 20, dot: 50 })
    expect(onLine(50, [50, 50], [0, 100])?.width).toBe(2)
    expect(onLine(null, null, [0, 1])).toBeNull()
    expect(rangeOf([{ value: 3, interval: [2, 7] }, { value: 9, interval: null }], 'minutes')).toEqual([0, 9])
    expect(rangeOf([], 'percent')).toEqual([0, 100])
  })

  it('adds weights up without the dust of fractions', () => {
    expect(sumOf({ a: { weight: 33.3 }, b: { weight: 33.3 }, c: { weight: 33.4 } })).toBe(100)
  })
})
