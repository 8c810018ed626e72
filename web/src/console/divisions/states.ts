import type { Tone } from '@/domain/states'

export const PLAN_TONES: Record<string, Tone> = {
  designing: 'progress', failed: 'danger', draft: 'info', proposed: 'warning', published: 'good', in_force: 'good', discarded: 'neutral',
}
/** Steps that end or take back something. */
export const GRAVE = new Set(['discard', 'undo', 'refuse', 'withdraw'])
