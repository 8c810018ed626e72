import type { Tone } from '@/domain/states'

/** One tone for each state of an exclusion, appeal, alarm or version; the word always stands with it. */
export const STATE_TONES: Record<string, Tone> = {
  asked: 'warning', granted: 'good', refused: 'danger', withdrawn: 'neutral',
  made: 'warning', upheld: 'good', partly: 'progress',
  open: 'warning', confirmed: 'danger', explained: 'good',
  draft: 'warning', published: 'good',
}
