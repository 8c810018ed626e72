import type { CaseIn, Urgency } from '@/api/types'

export interface Draft {
  title: string
  description: string
  category: string | null
  channel: string | null
  urgency: Urgency
  address: string
  point: { lon: number; lat: number } | null
  area: string | null
  reporterName: string
  reporterPhone: string
  attachments: string[]
  onTheSpot: boolean
  result: string
}

export function emptyDraft(): Draft {
  return {
    title: '', description: '', category: null, channel: null, urgency: 'normal', address: '', point: null, area: null,
    reporterName: '', reporterPhone: '', attachments: [], onTheSpot: false, result: '',
  }
}

export type DraftProblem = 'title' | 'place' | 'result'

/** What must be there before sending; the server checks everything again. */
export function draftProblems(draft: Draft): DraftProblem[] {
  const problems: DraftProblem[] = []
  if (draft.title.trim().length < 2) problems.push('title')
  if (!draft.point && !draft.area && !draft.address.trim()) problems.push('place')
  if (draft.onTheSpot && !draft.result.trim()) problems.push('result')
  return problems
}

export function caseFrom(draft: Draft): CaseIn {
  const text = (value: string) => value.trim() || undefined
  return {
    title: draft.title.trim(),
    description: text(draft.description),
    category: draft.category ?? undefined,
    channel: draft.channel ?? undefined,
    urgency: draft.urgency === 'normal' ? undefined : draft.urgency,
    address: text(draft.address),
    ...(draft.point ? { lon: draft.point.lon, lat: draft.point.lat, crs: 'WGS84' as const } : {}),
    area: draft.area ?? undefined,
    reporter_name: text(draft.reporterName),
    reporter_phone: text(draft.reporterPhone),
    attachments: draft.attachments.length ? draft.attachments : undefined,
    ...(draft.onTheSpot ? { on_the_spot: true, result: draft.result.trim() } : {}),
  }
}

/** Nearby is only known once there is a point. */
export function worthComparing(draft: Draft): boolean {
  return draft.point !== null
}
