import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { liveStatus, onLive, onLiveAgain, startLive, stopLive } from './live'

class Stream extends EventTarget {
  static readonly CLOSED = 2
  static made: Stream[] = []
  readyState = 0
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  constructor(readonly url: string) {
    super()
    Stream.made.push(this)
  }
  close(): void {
    this.readyState = Stream.CLOSED
  }
  fail(state: number): void {
    this.readyState = state
    this.onerror?.()
  }
}
const last = () => Stream.made.at(-1) as Stream

beforeEach(() => {
  Stream.made = []
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Stream)
})
afterEach(stopLive)

describe('the live stream', () => {
  it('says how it is doing, in one connection however often it is started', () => {
    expect(liveStatus.value).toBe('off')
    startLive()
    startLive()
    expect([liveStatus.value, Stream.made.length]).toEqual(['connecting', 1])
    last().onopen?.()
    expect(liveStatus.value).toBe('open')
  })

  it('hands each event on with its kind until nobody listens', () => {
    const heard = vi.fn()
    const stop = onLive(heard)
    startLive()
    const event = new MessageEvent('whistle', { data: '{"seq":7,"case_id":"c"}' })
    last().dispatchEvent(event)
    stop()
    last().dispatchEvent(event)
    expect(heard.mock.calls).toEqual([[{ seq: 7, case_id: 'c' }, 'whistle']])
  })

  it('leaves a dropped line to the browser, and opens anew after a refusal', () => {
    startLive()
    last().onopen?.()
    last().fail(0)
    expect([liveStatus.value, Stream.made.length]).toEqual(['lost', 1])
    last().fail(Stream.CLOSED)
    vi.advanceTimersByTime(1_000)
    expect(Stream.made.length).toBe(2)
  })

  it('tells that anything may have changed once it is back', () => {
    const again = vi.fn()
    onLiveAgain(again)
    startLive()
    last().onopen?.()
    expect(again).not.toHaveBeenCalled()
    last().fail(Stream.CLOSED)
    vi.advanceTimersByTime(1_000)
    last().onopen?.()
    expect(again).toHaveBeenCalledTimes(1)
  })
})
