import { describe, expect, it } from 'vitest'
import { rotationOf } from './rotation'

const key = (key_id: string, rows: number, values: object = {}) => ({ key_id, rows, at_hand: true, current: false, tables: {}, ...values })
const run = (done: number, total: number, finished_at: string | null) => ({ id: 'r', kind: 'reseal', detail: { total }, done, digest: null, started_at: '', finished_at })
const now = key('0a', 12, { current: true })

describe('a change of keys', () => {
  it('begins with a new key when there is but one', () => {
    expect(rotationOf({ keys: [now], reindexed: true, runs: [] })).toMatchObject({ step: 'make', left: 0, run: null })
  })
  it('seals what the old key holds, and says how far it is', () => {
    const found = rotationOf({ keys: [now, key('0b', 30)], reindexed: false, runs: [run(10, 40, null)] })
    expect(found).toMatchObject({ step: 'seal', left: 30, percent: 25, total: 40 })
  })
  it('waits for the indexes too', () => {
    expect(rotationOf({ keys: [now, key('0b', 0)], reindexed: false, runs: [] }).step).toBe('seal')
  })
  it('lets the old key go when it holds nothing', () => {
    const found = rotationOf({ keys: [now, key('0b', 0)], reindexed: true, runs: [run(40, 40, 'then')] })
    expect([found.step, found.empty.map((each) => each.key_id)]).toEqual(['drop', ['0b']])
  })
  it('names a key that is lost', () => {
    expect(rotationOf({ keys: [now, key('0c', 3, { at_hand: false })], reindexed: true, runs: [] }).lost[0]?.key_id).toBe('0c')
  })
})
