import type { Card, CaseState, ClockState, OrderState, ResponderState, Urgency } from '@/api/types'

/** Tones are words for colours; every tone is shown together with text, never alone. */
export type Tone = 'neutral' | 'info' | 'progress' | 'good' | 'warning' | 'danger'

export const CASE_TONE: Record<CaseState, Tone> = {
  submitted: 'info',
  accepted: 'info',
  registered: 'info',
  dispatched: 'progress',
  handled: 'warning',
  verified: 'warning',
  closed: 'good',
  reopened: 'danger',
  carried_over: 'neutral',
  cancelled: 'neutral',
  merged: 'neutral',
}

export const ORDER_TONE: Record<OrderState, Tone> = {
  assigned: 'warning',
  acknowledged: 'progress',
  done: 'good',
  sent_back: 'danger',
  withdrawn: 'neutral',
}

export const RESPONDER_TONE: Record<ResponderState, Tone> = {
  called: 'warning',
  reported_in: 'progress',
  done: 'good',
  ended: 'neutral',
}

export const CLOCK_TONE: Record<ClockState, Tone> = {
  running: 'progress',
  paused: 'neutral',
  met: 'good',
  late: 'danger',
  cancelled: 'neutral',
}

export const URGENCY_TONE: Record<Urgency, Tone> = { normal: 'neutral', urgent: 'warning', danger: 'danger' }

export const CASE_STATES = Object.keys(CASE_TONE) as CaseState[]
const ENDED: ReadonlySet<CaseState> = new Set(['closed', 'cancelled', 'merged'])

export function isOpen(state: CaseState): boolean {
  return !ENDED.has(state)
}

/** The line a case walks; side states stand at the place where they left it. */
export const STAGES: CaseState[] = ['submitted', 'registered', 'dispatched', 'handled', 'verified', 'closed']

const STAGE_OF: Partial<Record<CaseState, CaseState>> = {
  accepted: 'submitted',
  reopened: 'registered',
  carried_over: 'dispatched',
}

export function stageIndex(state: CaseState): number {
  return STAGES.indexOf(STAGE_OF[state] ?? state)
}

/** How pressing a due time is, by the server's card where it gave one. */
export function dueTone(due: string | null, card: Card, now: number): Tone {
  if (!due) return 'neutral'
  if (card === 'red' || Date.parse(due) < now) return 'danger'
  return card === 'yellow' ? 'warning' : 'neutral'
}

/** How much of a clock's time has gone, 0 to 1. */
export function clockProgress(clock: { started_at: string; due_at: string }, now: number): number {
  const start = Date.parse(clock.started_at)
  const length = Date.parse(clock.due_at) - start
  return length <= 0 ? 1 : Math.min(1, Math.max(0, (now - start) / length))
}
