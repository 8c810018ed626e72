import { readonly, shallowRef } from 'vue'
import { commandApi } from './endpoints'
import type { LiveEvent } from './types'

export type LiveStatus = 'off' | 'connecting' | 'open' | 'lost'
export type LiveKind = 'case' | 'whistle' | 'clock'
type Listener = (event: LiveEvent, kind: LiveKind) => void

const KINDS: LiveKind[] = ['case', 'whistle', 'clock']
const REOPEN_MS = [1_000, 2_000, 5_000, 10_000, 30_000]

const status = shallowRef<LiveStatus>('off')
const listeners = new Set<Listener>()
const reopened = new Set<() => void>()
let source: EventSource | null = null
let failures = 0
let timer: ReturnType<typeof setTimeout> | undefined
let everOpen = false

/** How the page's one event stream is doing. */
export const liveStatus = readonly(status)

/** Calls back for each change the person may see; returns how to stop. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Calls back after a gap in the stream, when anything may have changed. */
export function onLiveAgain(callback: () => void): () => void {
  reopened.add(callback)
  return () => reopened.delete(callback)
}

export function startLive(): void {
  if (source) return
  status.value = everOpen ? 'lost' : 'connecting'
  source = new EventSource(commandApi.liveUrl)
  source.onopen = () => {
    if (everOpen) reopened.forEach((callback) => callback())
    everOpen = true
    failures = 0
    status.value = 'open'
  }
  source.onerror = () => {
    status.value = 'lost'
    // The browser repeats by itself after a dropped connection, but never after an HTTP error.
    if (source?.readyState === EventSource.CLOSED) {
      source = null
      clearTimeout(timer)
      timer = setTimeout(startLive, REOPEN_MS[Math.min(failures++, REOPEN_MS.length - 1)])
    }
  }
  for (const kind of KINDS) {
    source.addEventListener(kind, (message) => {
      const event = JSON.parse((message as MessageEvent<string>).data) as LiveEvent
      listeners.forEach((listener) => listener(event, kind))
    })
  }
}

export function stopLive(): void {
  clearTimeout(timer)
  source?.close()
  source = null
  everOpen = false
  status.value = 'off'
}
