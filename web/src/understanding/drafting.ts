import type { MatterCandidate, PlaceCandidate, UnderstandIn } from '@/api/understanding'
import type { Draft } from '@/domain/draft'

/** Below this there is nothing to understand yet. */
const LEAST_LETTERS = 4

export function worthReading(draft: Draft): boolean {
  return (draft.title + draft.description).trim().length >= LEAST_LETTERS || draft.address.trim().length >= LEAST_LETTERS
}

export function questionFrom(draft: Draft): UnderstandIn {
  const text = (value: string) => value.trim() || undefined
  return {
    title: draft.title.trim(),
    description: text(draft.description),
    address: text(draft.address),
    lon: draft.point?.lon,
    lat: draft.point?.lat,
    channel: draft.channel ?? undefined,
    reporter_phone: text(draft.reporterPhone),
  }
}

export const takeMatter = (draft: Draft, candidate: MatterCandidate): Draft => ({ ...draft, category: candidate.category.code })

/** The point where there is one, else the area; an address that was typed stays as it was typed. */
export function takePlace(draft: Draft, candidate: PlaceCandidate): Draft {
  const point = candidate.lon !== null && candidate.lat !== null ? { lon: candidate.lon, lat: candidate.lat } : null
  const exact = ['entrance', 'building', 'estate', 'road'].includes(candidate.kind)
  return {
    ...draft,
    address: draft.address.trim() ? draft.address : candidate.name,
    ...(exact && point ? { point, area: null } : candidate.area_id ? { area: candidate.area_id, point: null } : { point, area: null }),
  }
}

export function isTaken(draft: Draft, candidate: PlaceCandidate): boolean {
  if (draft.point) return draft.point.lon === candidate.lon && draft.point.lat === candidate.lat
  return draft.area !== null && draft.area === candidate.area_id
}
