import type { Tone } from '@/domain/states'

/** How sure, as a word that stands with the number. */
export type Sureness = 'certain' | 'likely' | 'maybe' | 'unsure'

export function surenessOf(probability: number): Sureness {
  if (probability >= 0.95) return 'certain'
  if (probability >= 0.75) return 'likely'
  return probability >= 0.4 ? 'maybe' : 'unsure'
}

export const SURENESS_TONE: Record<Sureness, Tone> = { certain: 'good', likely: 'info', maybe: 'warning', unsure: 'neutral' }

/** Never 100 % nor 0 %: the machine is not that sure of anything. */
export function percentWords(share: number | null | undefined, digits = 0): string {
  if (share === null || share === undefined || Number.isNaN(share)) return '—'
  const percent = share * 100
  if (share < 1 && percent > 99 && Number(percent.toFixed(digits)) === 100) return '>99%'
  if (share > 0 && Number(percent.toFixed(digits)) === 0) return digits ? `<${(10 ** -digits).toFixed(digits)}%` : '<1%'
  return `${percent.toFixed(digits)}%`
}

export const figureWords = (value: number | null | undefined, digits = 3) => (value === null || value === undefined ? '—' : value.toFixed(digits))
