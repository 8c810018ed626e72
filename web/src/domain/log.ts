import type { LogEntry } from '@/api/types'
import type { Tone } from './states'

const TONES: Record<string, Tone> = {
  close: 'good', verify: 'good', handle: 'good', handle_on_the_spot: 'good', rate: 'good',
  send_back: 'danger', reject: 'danger', reopen: 'danger', missed: 'danger',
  supervise: 'warning', remind: 'warning', warned: 'warning', whistle: 'warning', escalate: 'warning',
  comment: 'neutral', cancel: 'neutral', merge: 'neutral', link: 'neutral', look: 'neutral',
}

/** The colour of a dot in the timeline, from the last word of the action (`casework:case:send_back`). */
export function entryTone(entry: Pick<LogEntry, 'action'>): Tone {
  return TONES[entry.action.split(':').pop() ?? ''] ?? 'info'
}
